import { App, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { Log } from "../lib/log.ts";
import { createSlackDeliver, type SlackRow } from "./deliver.ts";
import type { SlackDeps } from "./deps.ts";
import { registerListeners } from "./listeners/register.ts";
import { createCallApi } from "./transport/api.ts";
import { createFileWire } from "./transport/files.ts";
import { createSlackPort } from "./transport/port.ts";

/** What the composition gives; the port is made here. */
export interface SlackBotDeps extends Omit<SlackDeps, "port"> {
  readonly botToken: string;
  readonly appToken: string;
  readonly apiUrl: string | null;
  /** The largest file that is taken from Slack. */
  readonly maxFileBytes: number;
}

/** The bot. `deliver` is its outbox target. */
export interface SlackBot {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly deliver: (row: SlackRow) => Promise<{ readonly externalRef: string | null }>;
}

const CALL_MS = 15_000;

const boltLogger = (log: Log) => ({
  debug: () => {},
  info: () => {},
  warn: (...words: unknown[]) => log.warn(words.map(String).join(" ")),
  error: (...words: unknown[]) => log.error(words.map(String).join(" ")),
  setLevel: () => {},
  getLevel: () => LogLevel.WARN,
  setName: () => {},
});

/** Socket Mode bot on the shared operations. The WebClient neither waits nor retries: the outbox does. */
export const createSlackBot = (given: SlackBotDeps): SlackBot => {
  const logger = boltLogger(given.log);
  const address = given.apiUrl === null ? {} : { slackApiUrl: given.apiUrl };
  // The socket client writes its retry settings into the options it is given, so the listeners' client has its own object.
  const receiver = new SocketModeReceiver({
    appToken: given.appToken,
    logger,
    installerOptions: { clientOptions: { ...address } },
  });
  const app = new App({
    token: given.botToken,
    receiver,
    logger,
    clientOptions: {
      ...address,
      timeout: CALL_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    },
  });
  const wire = createFileWire({
    token: given.botToken,
    apiUrl: given.apiUrl,
    maxBytes: given.maxFileBytes,
  });
  const port = createSlackPort({ call: createCallApi(app.client), wire, nowMs: given.nowMs });
  const deps: SlackDeps = { ...given, port };
  registerListeners(app, deps);
  // A button of an older version: answered, so that the person does not see a failure.
  app.action(/^(?!handoff_)/, async ({ ack }) => ack());
  app.error(async (error) => deps.log.error("slack listener failed", { error: error.message }));
  return {
    start: async () => {
      await app.start();
    },
    stop: async () => {
      await app.stop();
    },
    deliver: createSlackDeliver(deps),
  };
};
