import type { Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { createAcknowledgements, lost } from "./acknowledgements.ts";
import { createTickets } from "./tickets.ts";
import { type Envelope, type Outcome, rateLimited, type Transport } from "./transport.ts";
import type { Workspace } from "./workspace.ts";

const MAX_SOCKETS = 10;
const PING_MS = 5_000;
/** After a `warning` frame the socket stays usable for about this long. */
const WARNING_MS = 10_000;

export type DisconnectReason =
  | "warning"
  | "refresh_requested"
  | "link_disabled"
  | "too_many_websockets";

/** Socket Mode: several sockets of one app, each envelope to one of them. */
export interface SocketTransport extends Transport {
  /** A new address that works once, within half a minute. */
  readonly openAddress: () => string;
  readonly count: () => number;
  /** Sends a `disconnect` frame to the oldest socket (`link_disabled`: to all) and closes it as Slack does. */
  readonly disconnect: (reason: DisconnectReason) => void;
  /** Breaks the oldest socket, or all. */
  readonly cut: (which?: "oldest" | "all") => void;
  /** Breaks the socket of the next envelope: before its acknowledgement is read, or right after. */
  readonly cutNext: (when: "before" | "after") => void;
  /** Sends any frame to the oldest socket, as it is. */
  readonly sendFrame: (frame: unknown) => void;
  /** An envelope without inner event, as `app_rate_limited` comes. */
  readonly sendRateLimited: () => void;
  readonly close: () => void;
}

export interface SocketDeps {
  readonly workspace: Workspace;
  readonly server: Server;
  readonly address: () => string;
  readonly onOpen: () => void;
}

const frameOf = (envelope: Envelope): string =>
  JSON.stringify({
    envelope_id: envelope.id,
    type: envelope.kind,
    payload: envelope.payload,
    accepts_response_payload: envelope.kind !== "events_api",
    ...(envelope.kind === "events_api"
      ? { retry_attempt: envelope.retry.attempt, retry_reason: envelope.retry.reason }
      : {}),
  });

export const createSocketTransport = (deps: SocketDeps): SocketTransport => {
  const { workspace } = deps;
  const tickets = createTickets(workspace);
  const acks = createAcknowledgements(workspace);
  const sockets: WebSocket[] = [];
  const turn = { next: 0, cut: null as "before" | "after" | null };
  const wss = new WebSocketServer({ noServer: true });

  const drop = (socket: WebSocket) => {
    const at = sockets.indexOf(socket);
    if (at >= 0) sockets.splice(at, 1);
    acks.loseAll(socket);
  };
  const say = (socket: WebSocket, reason: DisconnectReason) => {
    socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "fake" } }));
  };
  const greet = (socket: WebSocket) => {
    if (sockets.length >= MAX_SOCKETS) {
      say(socket, "too_many_websockets");
      socket.close();
      return;
    }
    sockets.push(socket);
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { envelope_id?: string; payload?: unknown };
      if (message.envelope_id !== undefined && sockets.includes(socket))
        acks.take(message.envelope_id, socket, message.payload);
    });
    socket.on("close", () => drop(socket));
    // A reset connection also closes; without a listener it would end the test's process.
    socket.on("error", () => socket.terminate());
    socket.send(
      JSON.stringify({
        type: "hello",
        num_connections: sockets.length,
        connection_info: { app_id: workspace.appId },
        debug_info: { host: "fake", approximate_connection_time: 18060 },
      }),
    );
    deps.onOpen();
  };
  deps.server.on("upgrade", (request, stream, head) => {
    stream.on("error", () => {}); // the app went away while it connected
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname !== "/socket" || !tickets.use(url.searchParams.get("ticket") ?? "")) {
      stream.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    wss.handleUpgrade(request, stream, head, greet);
  });
  const pings = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, PING_MS);
  pings.unref();

  const cutSocket = (socket: WebSocket) => {
    drop(socket);
    socket.terminate();
  };
  const send = async (envelope: Envelope): Promise<Outcome> => {
    const open = sockets.filter((one) => one.readyState === one.OPEN);
    const socket = open[turn.next++ % Math.max(1, open.length)];
    if (!socket) return lost("connection_failed");
    const cut = turn.cut;
    turn.cut = null;
    const outcome = acks.expect(envelope.id, socket);
    await new Promise((resolve) => socket.send(frameOf(envelope), resolve));
    if (cut === "before") cutSocket(socket);
    if (cut === "after") void outcome.then(() => cutSocket(socket));
    return outcome;
  };
  const sendFrame = (frame: unknown) => sockets[0]?.send(JSON.stringify(frame));

  return {
    openAddress: () => `ws://${deps.address()}/socket?ticket=${tickets.create()}`,
    ready: () => sockets.length > 0,
    count: () => sockets.length,
    send,
    sendFrame,
    sendRateLimited: () =>
      sendFrame({
        envelope_id: workspace.newId("E"),
        type: "events_api",
        payload: rateLimited(workspace),
        accepts_response_payload: false,
        retry_attempt: 0,
        retry_reason: "",
      }),
    disconnect: (reason) => {
      for (const socket of reason === "link_disabled" ? [...sockets] : sockets.slice(0, 1)) {
        say(socket, reason);
        workspace.clock.after(reason === "warning" ? WARNING_MS : 1_000, () => socket.close());
      }
    },
    cut: (which = "oldest") => {
      for (const socket of which === "all" ? [...sockets] : sockets.slice(0, 1)) cutSocket(socket);
    },
    cutNext: (when) => {
      turn.cut = when;
    },
    close: () => {
      clearInterval(pings);
      for (const socket of [...sockets]) cutSocket(socket);
      wss.close();
    },
  };
};
