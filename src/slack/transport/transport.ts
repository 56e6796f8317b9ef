import { App, webApi } from "@slack/bolt";
import { ConfigError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Inbox } from "../../operations/inbox-port.ts";
import type { SlackUser } from "../identity.ts";
import type { MessageIndex, PostMarks } from "../messages.ts";
import type { SlackPort } from "../port.ts";
import { type CallApi, createCallApi } from "./api.ts";
import { createAuthorize } from "./authorize.ts";
import { createFileWire } from "./files.ts";
import { createInbound, type Inbound } from "./inbound.ts";
import type { Timing } from "./lanes.ts";
import { slackLogger } from "./logger.ts";
import { createSlackPort } from "./port.ts";
import { createReceiver, type Via } from "./receiver.ts";
import type { RequestReceiver } from "./request.ts";
import { tellAsker } from "./tell-asker.ts";

export interface TransportDeps {
  readonly botToken: string;
  readonly via: Via;
  /** Another address than Slack's; null in the product. */
  readonly apiUrl: string | null;
  /** The largest file that is taken from Slack. */
  readonly maxFileBytes: number;
  readonly inbox: Inbox;
  readonly messages: MessageIndex & PostMarks;
  /** Who is told of what only somebody in Slack can mend. */
  readonly owners: () => Promise<readonly SlackUser[]>;
  /** Epoch milliseconds and a real wait in the product. */
  readonly timing: Timing;
  readonly log: Log;
}

/** Everything between Slack and the listeners, which are registered on `app` before it starts. */
export interface Transport {
  readonly app: App;
  readonly port: SlackPort;
  /** Resolves once Slack can reach it. ConfigError SLACK_TOKEN where it refuses a token. */
  readonly start: () => Promise<void>;
  /** Takes nothing new, waits for what is being dealt with, at most four seconds. */
  readonly stop: () => Promise<void>;
  /** In mode http: what the one listener calls under SLACK_PATH; null where Slack comes over sockets. */
  readonly handle: RequestReceiver["handle"] | null;
}

const CALL_MS = 8_000;
const UNDONE_MS = 1_000;
const STOP_MS = 2_000;

/** Without waiting and without retries: one 429 would stop the whole client, and a repeated post is a second message. */
const clientOptions = ({ apiUrl, log }: TransportDeps) => ({
  ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
  logger: slackLogger(log),
  timeout: CALL_MS,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
});

const makePort = (given: TransportDeps) => {
  const { apiUrl, botToken, log, maxFileBytes, messages, owners, timing } = given;
  return createSlackPort({
    call: createCallApi(new webApi.WebClient(botToken, clientOptions(given))),
    wire: createFileWire({ token: botToken, apiUrl, maxBytes: maxFileBytes }),
    index: messages,
    owners,
    timing,
    log,
  });
};

/** ConfigError SLACK_TOKEN where Slack refuses it; an outage is none of its business. */
const checkToken = async (call: CallApi): Promise<void> => {
  const outcome = await call("auth.test", {});
  if (outcome.kind === "refused")
    throw new ConfigError("SLACK_TOKEN", `Slack refused SLACK_BOT_TOKEN: ${outcome.code}`, {
      next: "copy it again from OAuth & Permissions of the app (xoxb-…)",
    });
};

/** Looks for what a crash or a failure left undone, at once and each second: a lease of another process runs out first. */
const watchUndone = (inbound: Inbound, { log }: TransportDeps): (() => void) => {
  const look = () => {
    inbound
      .finishUndone()
      .catch((error: unknown) =>
        log.error("the inbox could not be read", { error: messageOf(error) }),
      );
  };
  look();
  const timer = setInterval(look, UNDONE_MS);
  return () => clearInterval(timer);
};

/** Makes the transport; `via` chooses how Slack reaches it and nothing else. */
export const createTransport = (given: TransportDeps): Transport => {
  const { botToken, inbox, log, timing } = given;
  const { own, paced, port, replays } = makePort(given);
  const inbound = createInbound({
    inbox,
    log,
    tell: tellAsker(port),
    own,
    replaying: replays.during,
  });
  const logger = slackLogger(log);
  const { handle, receiver } = createReceiver({ ...given, inbound, logger, nowMs: timing.nowMs });
  const app = new App({
    receiver,
    logger,
    authorize: createAuthorize(botToken, paced),
    clientOptions: clientOptions(given),
  });
  // The inbound side answers a failure; here it would be swallowed.
  app.error(async (error) => {
    throw error.original ?? error;
  });
  let unwatch = () => {};
  return {
    app,
    port,
    handle,
    start: async () => {
      await checkToken(paced);
      await app.start();
      unwatch = watchUndone(inbound, given);
    },
    stop: async () => {
      unwatch();
      await app.stop();
      const late = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
      await Promise.race([inbound.settled(), late]);
    },
  };
};
