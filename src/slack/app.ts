import { App, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { Log } from "../lib/log.ts";
import type { Operation } from "../operations/define.ts";
import type { CallOperation } from "./call.ts";
import { registerCommands } from "./commands.ts";
import { createSlackDeliver, type SlackRow } from "./deliver.ts";
import type { FindPerson } from "./identity.ts";
import type { MessageIndex } from "./messages.ts";
import { registerVotes } from "./votes.ts";

export interface SlackDeps {
  readonly botToken: string;
  readonly appToken: string;
  readonly apiUrl: string | null;
  readonly defaultChannel: string | null;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly call: CallOperation;
  readonly findPerson: FindPerson;
  readonly messages: MessageIndex;
  readonly log: Log;
}

/** The bot. `deliver` is its outbox target. */
export interface SlackBot {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly deliver: (row: SlackRow) => Promise<{ readonly externalRef: string | null }>;
}

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
export const createSlackBot = (deps: SlackDeps): SlackBot => {
  const logger = boltLogger(deps.log);
  const address = deps.apiUrl === null ? {} : { slackApiUrl: deps.apiUrl };
  // The socket client writes its retry settings into the options it is given, so the listeners' client has its own object.
  const receiver = new SocketModeReceiver({
    appToken: deps.appToken,
    logger,
    installerOptions: { clientOptions: { ...address } },
  });
  const app = new App({
    token: deps.botToken,
    receiver,
    logger,
    clientOptions: { ...address, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true },
  });
  registerCommands(app, deps);
  registerVotes(app, deps);
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
    deliver: createSlackDeliver({
      client: app.client,
      call: deps.call,
      messages: deps.messages,
      defaultChannel: deps.defaultChannel,
    }),
  };
};
