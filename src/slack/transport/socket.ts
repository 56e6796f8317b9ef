import { type Logger, type Receiver, SocketModeReceiver } from "@slack/bolt";
import { ConfigError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Inbound } from "./inbound.ts";

interface SocketDeps {
  readonly appToken: string;
  readonly apiUrl: string | null;
  readonly inbound: Inbound;
  readonly logger: Logger;
  readonly log: Log;
}

/** Two, so that Slack's disconnect frame on one leaves no gap of about five seconds. At most ten are allowed. */
const SOCKETS = 2;
const STOP_MS = 2_000;
const RESTART_MS = 10_000;
/** apps.connections.open alone is tried again by its client: with few tries an outage ends in an unhandled rejection. */
const RECONNECT = { retries: 100, factor: 1.3, maxTimeout: 30_000 };

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

/** After the first connection a failed reconnect (revoked token, outage) is logged and tried again; it ends nothing. */
const keepStarting = ({ client }: SocketModeReceiver, log: Log, stopped: () => boolean): void => {
  const start = client.start.bind(client);
  client.start = async () => {
    while (!stopped()) {
      try {
        return await start();
      } catch (error) {
        log.error("a socket could not be opened again", { error: messageOf(error) });
        await later(RESTART_MS);
      }
    }
    return new Promise(() => {}); // stopped: its caller waits for nothing, and a rejection would be unhandled
  };
};

/** Socket Mode on two sockets of one app. Nothing listens on a port. */
export const createSocketReceiver = (deps: SocketDeps): Receiver => {
  const { appToken, apiUrl, inbound, log, logger } = deps;
  const state: { stopped: boolean; readonly opening: Promise<unknown>[] } = {
    stopped: false,
    opening: [],
  };
  const receivers = Array.from({ length: SOCKETS }, () => {
    // Its own options object each time: the client writes into it, and Bolt would share it with the Web API clients.
    const clientOptions = {
      ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
      retryConfig: { ...RECONNECT },
    };
    const receiver = new SocketModeReceiver({
      appToken,
      logger,
      installerOptions: { clientOptions },
    });
    guardMessages(receiver, log);
    return receiver;
  });
  return {
    init: (app) => {
      for (const receiver of receivers) inbound.attach(receiver, app);
    },
    // The second joins when it can: Slack opens about one socket a minute, and one is enough to begin with.
    start: async () => {
      const [first, ...others] = receivers;
      const started = await first?.start().catch((cause: unknown) => {
        throw new ConfigError("SLACK_TOKEN", `no socket could be opened: ${messageOf(cause)}`, {
          cause,
          next: "copy SLACK_APP_TOKEN again from Basic Information → App-Level Tokens (xapp-…, connections:write)",
        });
      });
      for (const receiver of receivers) keepStarting(receiver, log, () => state.stopped);
      for (const receiver of others) state.opening.push(receiver.start());
      return started;
    },
    // The receiver's own stop does not wait for its socket, and one that is being opened would open after it.
    stop: async () => {
      state.stopped = true;
      const close = () => Promise.all(receivers.map(({ client }) => client.disconnect()));
      const closing = close().then(() => Promise.all(state.opening).then(close));
      await Promise.race([Promise.allSettled([closing]), later(STOP_MS)]);
    },
  };
};
