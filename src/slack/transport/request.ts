import type { IncomingMessage, ServerResponse } from "node:http";
import { HTTPReceiver, type Logger, type Receiver } from "@slack/bolt";
import type { Log } from "../../lib/log.ts";
import type { Inbound } from "./inbound.ts";
import { createSignatureMemory, isSigned } from "./signature.ts";

/** The request address of the app, for events, interactions and commands alike. */
export const SLACK_PATH = "/slack/events";

interface RequestDeps {
  readonly signingSecret: string;
  readonly inbound: Inbound;
  readonly logger: Logger;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** A receiver for the process's one HTTP listener, and the handler that is mounted there. */
export interface RequestReceiver extends Receiver {
  readonly handle: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
}

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
};

const end = (response: ServerResponse, status: number): void => {
  response.writeHead(status).end();
};

// Slack asks whether TLS works, unsigned and with nothing to do.
const isTlsCheck = (contentType: string, body: Buffer): boolean =>
  contentType === "application/x-www-form-urlencoded" &&
  new URLSearchParams(body.toString("utf8")).get("ssl_check") === "1";

/**
 * Requests signed by Slack. Bolt's own check accepts the future and runs a repeated request twice, so ours comes first: time
 * within five minutes either way, and an exact repeat of what is in the inbox gets 200 and does nothing.
 */
export const createRequestReceiver = (deps: RequestDeps): RequestReceiver => {
  const { inbound, log, logger, nowMs, signingSecret } = deps;
  const memory = createSignatureMemory(nowMs);
  const receiver = new HTTPReceiver({
    signingSecret,
    signatureVerification: false, // verified before it is called
    endpoints: [SLACK_PATH],
    logger,
    customPropertiesExtractor: (request) => ({
      signature: String(request.headers["x-slack-signature"]),
    }),
    // A payload that could not be kept is not acknowledged: Slack sends an event again.
    processEventErrorHandler: async ({ response }) => {
      if (!response.headersSent) response.writeHead(500).end();
      return false;
    },
  });
  return {
    init: (app) => {
      inbound.attach(receiver, app, (event) =>
        memory.remember(String(event.customProperties?.signature)),
      );
    },
    start: async () => {},
    stop: async () => {},
    handle: (request, response, body) => {
      if (request.method !== "POST") return end(response, 405);
      const contentType = (header(request, "content-type") ?? "").split(";")[0]?.trim() ?? "";
      if (isTlsCheck(contentType, body)) return end(response, 200);
      const signature = header(request, "x-slack-signature");
      const timestamp = header(request, "x-slack-request-timestamp");
      if (!signature || !isSigned(signingSecret, { signature, timestamp, body }, nowMs())) {
        log.warn("a request was not signed by Slack, or at another time");
        return end(response, 401);
      }
      if (memory.knows(signature)) return end(response, 200);
      request.headers["content-type"] = contentType; // Bolt does not know one with a charset
      receiver.requestListener(Object.assign(request, { rawBody: body }), response);
    },
  };
};
