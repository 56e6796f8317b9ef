import { App, webApi } from "@slack/bolt";
import { ConfigError, messageOf } from "../lib/errors.ts";
import type { Inbox } from "../operations/ports.ts";
import { createSlackDeliver, type SlackRow } from "./deliver.ts";
import type { SlackDeps } from "./deps.ts";
import { registerListeners } from "./listeners/register.ts";
import type { MessageIndex, PostMarks } from "./messages.ts";
import { type CallApi, createCallApi } from "./transport/api.ts";
import { createAuthorize } from "./transport/authorize.ts";
import { createFileWire } from "./transport/files.ts";
import { createInbound, type Inbound } from "./transport/inbound.ts";
import type { Timing } from "./transport/lanes.ts";
import { slackLogger } from "./transport/logger.ts";
import { createSlackPort } from "./transport/port.ts";
import { createReceiver, type Via } from "./transport/receiver.ts";
import type { RequestReceiver } from "./transport/request.ts";
import { tellAsker } from "./transport/tell-asker.ts";

/** What the composition gives; the port is made here. */
export interface SlackBotDeps extends Omit<SlackDeps, "port"> {
  readonly botToken: string;
  readonly via: Via;
  /** Another address than Slack's; null in the product. */
  readonly apiUrl: string | null;
  /** The largest file that is taken from Slack. */
  readonly maxFileBytes: number;
  readonly inbox: Inbox;
  readonly messages: MessageIndex & PostMarks;
  /** Epoch milliseconds and a real wait in the product. */
  readonly timing: Timing;
}

/** The bot. `deliver` is its outbox target. */
export interface SlackBot {
  /** Resolves once Slack can reach it. ConfigError SLACK_TOKEN where it refuses a token. */
  readonly start: () => Promise<void>;
  /** Takes nothing new, waits for what is being dealt with, at most four seconds. */
  readonly stop: () => Promise<void>;
  readonly deliver: (row: SlackRow) => Promise<{ readonly externalRef: string | null }>;
  /** In mode http: what the one listener calls under SLACK_PATH; null where Slack comes over sockets. */
  readonly handle: RequestReceiver["handle"] | null;
}

const CALL_MS = 15_000;
const UNDONE_MS = 1_000;
const STOP_MS = 2_000;

/** Without waiting and without retries: one 429 would stop the whole client, and a repeated post is a second message. */
const clientOptions = ({ apiUrl, log }: SlackBotDeps) => ({
  ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
  logger: slackLogger(log),
  timeout: CALL_MS,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
});

const makePort = (given: SlackBotDeps) => {
  const { apiUrl, botToken, log, maxFileBytes, messages, settings, timing } = given;
  return createSlackPort({
    call: createCallApi(new webApi.WebClient(botToken, clientOptions(given))),
    wire: createFileWire({ token: botToken, apiUrl, maxBytes: maxFileBytes }),
    index: messages,
    owners: async () => (await settings.owner())?.accounts ?? [],
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
const watchUndone = (inbound: Inbound, { log }: SlackBotDeps): (() => void) => {
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

/** The bot on the shared operations. `via` chooses how Slack reaches it and nothing else. */
export const createSlackBot = (given: SlackBotDeps): SlackBot => {
  const { botToken, inbox, log } = given;
  const { own, paced, port, replays } = makePort(given);
  const deps: SlackDeps = { ...given, port };
  const inbound = createInbound({
    inbox,
    log,
    tell: tellAsker(port),
    own,
    replaying: replays.during,
  });
  const { handle, receiver } = createReceiver({ ...given, inbound, logger: slackLogger(log) });
  const app = new App({
    receiver,
    logger: slackLogger(log),
    authorize: createAuthorize(botToken, paced),
    clientOptions: clientOptions(given),
  });
  // The inbound side answers a failure; here it would be swallowed.
  app.error(async (error) => {
    throw error.original ?? error;
  });
  registerListeners(app, deps);
  let unwatch = () => {};
  return {
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
    deliver: createSlackDeliver(deps),
  };
};
