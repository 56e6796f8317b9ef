import { type Logger, type Receiver, SocketModeReceiver } from "@slack/bolt";
import { ConfigError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Inbound } from "./inbound.ts";
import { outcomeOfError } from "./outcome.ts";
import { DEAD_TOKEN } from "./refusals.ts";

interface SocketDeps {
  readonly appToken: string;
  readonly apiUrl: string | null;
  readonly inbound: Inbound;
  readonly logger: Logger;
  readonly log: Log;
}

/** Two, so that Slack's disconnect frame on one leaves no gap. At most ten are allowed. */
const SOCKETS = 2;
const STOP_MS = 2_000;
const OPEN_MS = 8_000;
const AGAIN_MS = 5_000;
/** apps.connections.open says by these that no waiting helps. */
const WRONG_TOKEN: ReadonlySet<string> = new Set([...DEAD_TOKEN, "not_allowed_token_type"]);

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

// An envelope without an inner event (app_rate_limited) makes the client throw: it gets one of the envelope's own type.
const withInnerEvent = (data: string): string => {
  if (!data.includes('"events_api"')) return data;
  const envelope = JSON.parse(data) as {
    readonly type?: unknown;
    readonly payload?: Record<string, unknown>;
  };
  if (envelope.type !== "events_api" || envelope.payload?.event !== undefined) return data;
  const event = { type: String(envelope.payload?.type ?? "unknown") };
  return JSON.stringify({ ...envelope, payload: { ...envelope.payload, event } });
};

/** How long a socket that Slack wants to end is still listened to: what was on its way arrives. */
const DRAIN_MS = 800;
const isDisconnect = (data: string): boolean =>
  data.includes('"disconnect"') && (JSON.parse(data) as { type?: unknown }).type === "disconnect";

type MessageHandler = (data: unknown, isBinary: boolean) => Promise<void>;

/** The client handles messages in a listener that nobody awaits, so what it throws would end the process. */
const guardMessages = ({ client }: SocketModeReceiver, log: Log): void => {
  const handlers = client.listeners("ws_message") as unknown as MessageHandler[];
  client.removeAllListeners("ws_message");
  client.on("ws_message", async (data: unknown, isBinary: boolean) => {
    try {
      const text = typeof data === "string" ? data : new TextDecoder().decode(data as Uint8Array);
      const message = isBinary ? data : withInnerEvent(text);
      if (isDisconnect(text)) await later(DRAIN_MS);
      for (const handle of handlers) await handle(message, isBinary);
    } catch (error) {
      log.error("a message on the socket was not understood", { error: messageOf(error) });
    }
  });
};

const wrongToken = (cause: unknown): ConfigError =>
  new ConfigError("SLACK_TOKEN", `Slack refused SLACK_APP_TOKEN: ${messageOf(cause)}`, {
    cause,
    next: "copy it again from Basic Information → App-Level Tokens (xapp-…, with connections:write)",
  });

/**
 * One socket that is opened again whenever it ends. The client's own way would wait five seconds, and ends the process with
 * an unhandled rejection when it fails.
 */
const createSocket = (deps: SocketDeps, stopped: () => boolean) => {
  const { appToken, apiUrl, log, logger } = deps;
  const receiver = new SocketModeReceiver({
    appToken,
    logger,
    autoReconnectEnabled: false,
    // Its own options object: the client writes into it. Without retries, because nothing would stop them.
    installerOptions: {
      clientOptions: {
        ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
        timeout: OPEN_MS,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
      },
    },
  });
  guardMessages(receiver, log);
  const { client } = receiver;
  const ended = (): Promise<void> =>
    new Promise((resolve) => {
      client.once("disconnected", () => resolve());
    });

  /** Tries until it is open, as often as Slack lets it. Throws ConfigError SLACK_TOKEN where no waiting helps. */
  const open = async (): Promise<void> => {
    while (!stopped()) {
      try {
        await receiver.start();
        return;
      } catch (error) {
        const outcome = outcomeOfError(error);
        if (outcome.kind === "refused" && WRONG_TOKEN.has(outcome.code)) throw wrongToken(error);
        log.warn("a socket to Slack could not be opened", { error: messageOf(error) });
        await later(outcome.kind === "limited" ? outcome.retryAfterMs : AGAIN_MS);
      }
    }
  };
  /** Opens it again whenever it ends; a token that was revoked meanwhile may come back. Never rejects. */
  const keepOpen = async (isOpen: boolean): Promise<void> => {
    if (isOpen) await ended();
    while (!stopped()) {
      const failed = await open().then(
        () => null,
        (error: unknown) => error,
      );
      if (failed === null) await ended();
      else {
        log.error("Slack takes no socket", { error: messageOf(failed) });
        await later(AGAIN_MS);
      }
    }
  };
  return { receiver, open, keepOpen, close: () => client.disconnect() };
};

/** Socket Mode on two sockets of one app. Nothing listens on a port. */
export const createSocketReceiver = (deps: SocketDeps): Receiver => {
  const state = { stopped: false };
  const sockets = Array.from({ length: SOCKETS }, () => createSocket(deps, () => state.stopped));
  return {
    init: (app) => {
      for (const { receiver } of sockets) deps.inbound.attach(receiver, app);
    },
    // The others join when they can: Slack opens about one socket a minute, and one is enough to begin with.
    start: async () => {
      const [first, ...others] = sockets;
      await first?.open();
      void first?.keepOpen(true);
      for (const socket of others) void socket.keepOpen(false);
    },
    // The receiver's own stop does not wait for its socket. One that is being opened would open after it.
    stop: async () => {
      state.stopped = true;
      for (const { receiver, close } of sockets)
        receiver.client.on("connected", () => void close());
      const closing = Promise.allSettled(sockets.map(({ close }) => close()));
      await Promise.race([closing, later(STOP_MS)]);
    },
  };
};
