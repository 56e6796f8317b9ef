import { type AppOptions, createApp } from "./app.ts";
import type { Config } from "./config.ts";
import type { Actor } from "./engine/command.ts";
import { messageOf } from "./lib/errors.ts";
import { sha256 } from "./lib/hash.ts";
import type { Definition } from "./operations/define.ts";
import { runDelivery } from "./runtime/deliver.ts";
import { SLACK_TARGET } from "./runtime/outbox.ts";
import { OWNER_SETTING } from "./runtime/people.ts";
import { createSlackBot, type SlackBot } from "./slack/app.ts";
import type { SlackSettings } from "./slack/deps.ts";
import type { MessageIndex } from "./slack/messages.ts";

type App = Awaited<ReturnType<typeof createApp>>;

const BOT: Actor = { person: null, via: "slack", ref: "bot", model: false };
const GRACE_MS = 8_000;
const ROLE_RETRY_MS = 1_000;

const messageIndex = (app: App): MessageIndex => ({
  get: async (effectKey) =>
    (await app.store.messages.get(SLACK_TARGET, effectKey))?.externalRef ?? null,
  put: async (effectKey, externalRef) => {
    const at = app.deps.clock.nowMs();
    await app.store.messages.put({
      target: SLACK_TARGET,
      effectKey,
      externalRef,
      revision: at,
      hash: sha256(externalRef),
      at,
    });
  },
});

const slackSettings = (app: App, config: Config): SlackSettings => {
  const { data, surfaces, workspace } = config.workspace;
  const accountsOf = async (person: string) =>
    (await app.store.people.identities(person))
      .filter((identity) => identity.kind === "slack")
      .map(({ subject }) => ({
        team: subject.slice(0, subject.indexOf("/")),
        user: subject.slice(subject.indexOf("/") + 1),
      }));
  return {
    guests: surfaces.slack.guests,
    uploads: data.slack_uploads,
    defaultChannel: surfaces.slack.channel,
    timezone: workspace.timezone,
    accountsOf,
    owner: async () => {
      const person = await app.store.settings.get(OWNER_SETTING);
      return typeof person === "string" ? { person, accounts: await accountsOf(person) } : null;
    },
  };
};

/** The Slack surface on an app, or null where no tokens are set. */
export const createBot = (app: App, config: Config): SlackBot | null =>
  config.slack === null
    ? null
    : createSlackBot({
        ...config.slack,
        maxFileBytes: config.workspace.data.max_bytes,
        operations: app.operations,
        call: async <D extends Definition>(definition: D, input: unknown) => {
          const output = await app.operations
            .get(definition.name)
            ?.run(input, { actor: BOT, key: `bot/${definition.name}` });
          return output as never; // parsed by the operation's own output schema
        },
        findPerson: (team, user) => app.store.people.byIdentity("slack", `${team}/${user}`),
        messages: messageIndex(app),
        log: app.deps.log,
        nowMs: app.deps.clock.nowMs,
        settings: slackSettings(app, config),
      });

/** Works while this process has the role; takes it as soon as whoever has it is gone. */
export const work = async (app: App, name: string, stop: AbortSignal): Promise<void> => {
  let told = "";
  while (!stop.aborted) {
    const role = app.takeRole(name);
    if (!role.held) {
      const who = role.who.replace(/, last beat.*/, "");
      if (who !== told) app.deps.log.info("waiting for the worker role", { held_by: who });
      told = who;
      await new Promise((resolve) => setTimeout(resolve, ROLE_RETRY_MS));
      continue;
    }
    const beat = setInterval(role.beat, 1_000);
    try {
      const worker = app.runtime.createWorker(name, () => {}, stop);
      await worker.takeOver();
      await Promise.race([worker.run(stop), stopped(stop, GRACE_MS)]);
    } finally {
      app.deps.kill("shutdown.releasing");
      clearInterval(beat);
      role.release();
    }
  }
};

const stopped = (stop: AbortSignal, graceMs: number): Promise<void> =>
  new Promise((resolve) => {
    stop.addEventListener("abort", () => setTimeout(resolve, graceMs).unref(), { once: true });
  });

/** `mlpipeline serve`: the worker, and the bot where Slack's tokens are set. Ends within ten seconds of the signal. */
export const serve = async (
  config: Config,
  stop: AbortSignal,
  extra: AppOptions = {},
): Promise<0> => {
  const app = await createApp(config, extra);
  const { log } = app.deps;
  try {
    await app.ensureOwner();
    const bot = createBot(app, config);
    if (bot) await bot.start();
    else log.warn("Slack is not configured: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN", {});
    log.info("serving", { home: config.homeDir, slack: bot !== null });
    await Promise.all([
      work(app, `serve-${process.pid}-${app.deps.newId()}`, stop),
      bot ? runDelivery(app.deps, SLACK_TARGET, bot.deliver, stop) : Promise.resolve(),
    ]);
    await bot
      ?.stop()
      .catch((error: unknown) =>
        log.warn("the bot did not stop cleanly", { error: messageOf(error) }),
      );
    return 0;
  } finally {
    app.close();
  }
};
