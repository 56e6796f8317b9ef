import { createBot, work } from "../../src/main.ts";
import { runDelivery } from "../../src/runtime/deliver.ts";
import { SLACK_TARGET } from "../../src/runtime/outbox.ts";
import { type FakeSlack, startFakeSlack } from "./fake-slack/server.ts";
import { createTestApp, type TestApp } from "./test-app.ts";

/** Two people who may decide, one who may only read, and levels that the tiny blueprints reach. */
export const SLACK_WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: bob, name: Bob, slack: ["T1:U2"], roles: [lead]}
  - {id: mallory, name: Mallory, slack: ["T1:U3"]}
roles: {lead: [read, run, approve]}
policy:
  owner: tess
  default: {self_approval: true, people: [tess, bob], min_level: {training: unverified, tests: unverified, else: unverified}}
surfaces: {slack: {channel: C1}}
`;

/** The real bot, store, engine and worker on the fake Slack. */
export interface SlackApp {
  readonly slack: FakeSlack;
  readonly t: TestApp;
  readonly close: () => Promise<void>;
}

/** `prepare` sets up the fake Slack before the bot starts. Without `works` nobody builds, so that a test plays the worker itself. `more` is set in the environment. */
export const startSlackApp = async (
  workspace = SLACK_WORKSPACE,
  prepare: (slack: FakeSlack) => void = () => {},
  works = true,
  more: Readonly<Record<string, string>> = {},
): Promise<SlackApp> => {
  const slack = await startFakeSlack({ rates: "off" });
  prepare(slack);
  const environment = {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
    SLACK_API_URL: slack.url,
    ...more,
  };
  const t = await createTestApp({ workspace, environment });
  const bot = createBot(t.app, t.config);
  if (!bot) throw new Error("the bot was not made");
  await bot.start();
  await slack.connected();
  const stop = new AbortController();
  const running = Promise.all([
    ...(works ? [work(t.app, "bot", stop.signal)] : []),
    runDelivery(t.app.deps, SLACK_TARGET, bot.deliver, stop.signal, 50),
  ]).finally(() => bot.stop());
  return {
    slack,
    t,
    close: async () => {
      stop.abort();
      await running;
      await t.close();
      await slack.close();
    },
  };
};

/** Looks until there is something; throws after fifteen seconds. */
export const until = async <T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> => {
  const end = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
};
