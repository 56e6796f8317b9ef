import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";

/** Answers requests under one path. `body` is the whole body, at most 1 MB. It must end the response; a throw answers 500. */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
) => void | Promise<void>;

/** The process's one HTTP listener. Surfaces mount their handlers before it starts. */
export interface HttpListener {
  /** `path` is matched exactly, without the query. */
  readonly mount: (path: string, handler: HttpHandler) => void;
  /** Gives the address. ConfigError HTTP_NOT_LISTENING when it cannot be had. */
  readonly start: () => Promise<{ readonly host: string; readonly port: number }>;
  /** Ends open connections after what is being answered, at most two seconds. */
  readonly stop: () => Promise<void>;
}

interface HttpOptions {
  /** The address to listen on; only this machine reaches the default. */
  readonly bind: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
}

const MAX_BODY_BYTES = 1_048_576;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const IDLE_MS = 30_000;
const STOP_MS = 2_000;

/** The whole body; null when it is larger than allowed, whatever its headers said. */
const readBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const refuse = (response: ServerResponse, status: number): void => {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { connection: "close" }).end();
};

const answer = async (
  handlers: ReadonlyMap<string, HttpHandler>,
  log: Log,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const handler = handlers.get((request.url ?? "/").split("?")[0] ?? "/");
  if (!handler) return refuse(response, 404);
  try {
    const body = await readBody(request);
    if (body === null) return refuse(response, 413);
    await handler(request, response, body);
  } catch (error) {
    log.error("an HTTP request failed", { error: messageOf(error) });
    refuse(response, 500);
  }
};

/** Makes the listener; nothing listens before `start`. */
export const createHttp = ({ bind, log, port }: HttpOptions): HttpListener => {
  const handlers = new Map<string, HttpHandler>();
  const server = createServer((request, response) => {
    void answer(handlers, log, request, response);
  });
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.keepAliveTimeout = IDLE_MS;
  return {
    mount: (path, handler) => {
      handlers.set(path, handler);
    },
    start: () =>
      new Promise((resolve, reject) => {
        server.once("error", (cause) =>
          reject(
            new ConfigError(
              "HTTP_NOT_LISTENING",
              `cannot listen on ${bind}:${port}: ${messageOf(cause)}`,
              { cause, next: "choose another http.bind or http.port in mlpipeline.yml" },
            ),
          ),
        );
        server.listen(port, bind, () => {
          const address = server.address() as AddressInfo;
          resolve({ host: address.address, port: address.port });
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), STOP_MS);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
};
