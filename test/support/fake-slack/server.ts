import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { answerMethod } from "./methods.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** A running fake: Slack's Web API and Socket Mode on loopback. `url` goes where the app takes Slack's address. */
export interface FakeSlack {
  readonly url: string;
  readonly workspace: Workspace;
  /** Resolves once an app has its socket open. */
  readonly connected: () => Promise<void>;
  /** Sends an envelope to the app and resolves with the payload of its acknowledgement; rejects after 3 s, as Slack gives up. */
  readonly send: (
    type: "slash_commands" | "interactive" | "events_api",
    payload: object,
  ) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const ACK_MS = 3_000;

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (request.headers["content-type"]?.includes("json")) return JSON.parse(text);
  const parse = (value: string): unknown => {
    // Only structures are JSON in a form; a time stamp such as 1700000000.000010 stays text.
    if (!/^[[{]|^(true|false)$/.test(value)) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([key, value]) => [key, parse(value)]),
  );
};

const tokenOf = (request: IncomingMessage, body: Record<string, unknown>): string =>
  (request.headers.authorization ?? "").replace(/^Bearer /, "") || String(body.token ?? "");

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });

export const startFakeSlack = async (): Promise<FakeSlack> => {
  const workspace = createWorkspace();
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (payload: unknown) => void>();
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      const body = await readBody(request);
      if (url.pathname.startsWith("/respond/")) {
        workspace.respond(url.pathname.slice("/respond/".length), body);
        response.end("ok");
        return;
      }
      const method = url.pathname.replace(/^\/api\//, "").replace(/^\//, "");
      const answer = answerMethod(workspace, method, tokenOf(request, body), body, address());
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(JSON.stringify(answer.body));
    })();
  });
  const wss = new WebSocketServer({ server, path: "/socket" });
  wss.on("connection", (socket) => {
    sockets.add(socket);
    socket.send(
      JSON.stringify({ type: "hello", num_connections: 1, connection_info: { app_id: "A1" } }),
    );
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { envelope_id?: string; payload?: unknown };
      if (message.envelope_id) waiting.get(message.envelope_id)?.(message.payload);
    });
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await listen(server);
  const address = () => `127.0.0.1:${port}`;
  workspace.setResponseBase(`http://${address()}/respond/`);

  const connected = async () => {
    while (sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  return {
    url: `http://${address()}/api/`,
    workspace,
    connected,
    send: async (type, payload) => {
      const socket = [...sockets][0];
      if (!socket) throw new Error("no app is connected");
      const envelope = workspace.newId("E");
      const acknowledged = new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no acknowledgement of ${type} in 3 s`)),
          ACK_MS,
        );
        waiting.set(envelope, (answer) => {
          clearTimeout(timer);
          waiting.delete(envelope);
          resolve(answer);
        });
      });
      socket.send(
        JSON.stringify({
          envelope_id: envelope,
          type,
          payload,
          accepts_response_payload: type !== "events_api",
        }),
      );
      return acknowledged;
    },
    close: async () => {
      for (const socket of sockets) socket.terminate();
      wss.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
