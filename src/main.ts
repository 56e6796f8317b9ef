import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { McpHttp } from "../mcp/http.ts";
import { opsgenieNotice } from "./alerts/channels/genie.ts";
import { type AppOptions, createApp, PACKAGE_ROOT } from "./app.ts";
import { type Config, SLACK_NEEDS } from "./config.ts";
import type { Actor } from "./engine/command.ts";
import { systemClock } from "./lib/clock.ts";
import { ConfigError, messageOf } from "./lib/errors.ts";
import type { Definition } from "./operations/define.ts";
import { runDelivery } from "./runtime/deliver.ts";
import { takeDeliveryRole } from "./runtime/delivery/delivery-role.ts";
import { holdRole } from "./runtime/hold-role.ts";
import { createHttp } from "./runtime/http.ts";
import { createInbox } from "./runtime/inbox.ts";
import { createMetricsHandler, METRICS_PATH } from "./runtime/metrics-handler.ts";
import { SLACK_TARGET } from "./runtime/outbox.ts";
import { OWNER_SETTING } from "./runtime/people.ts";
import { secretKey } from "./runtime/secret-key.ts";
import { createShown } from "./runtime/shown.ts";
import { WEBHOOK_PATH } from "./runtime/watch/webhook-in.ts";
import { createGroupDirectory } from "./runtime/workspace/groups.ts";
import { createSlackBot, type SlackBot } from "./slack/app.ts";
import type { SlackSettings } from "./slack/deps.ts";
import { examineSlack } from "./slack/doctor.ts";
import { missingSecrets } from "./slack/secrets.ts";
import { SLACK_PATH } from "./slack/transport/request.ts";

type App = Awaited<ReturnType<typeof createApp>>;

const BOT: Actor = { person: null, via: "slack", ref: "bot", model: false };
const OPEN_SHOWN = 200;
/** A file from Slack is held in memory once; larger ones are given by path or address. */
const SLACK_FILE_BYTES = 100_000_000;

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
        maxFileBytes: Math.min(config.workspace.data.max_bytes, SLACK_FILE_BYTES),
        operations: app.operations,
        conversation: app.conversation,
        call: async <D extends Definition>(definition: D, input: unknown) => {
          const output = await app.operations
            .get(definition.name)
            ?.run(input, { actor: BOT, key: `bot/${definition.name}` });
          return output as never; // parsed by the operation's own output schema
        },
        findPerson: (team, user) => app.store.people.byIdentity("slack", `${team}/${user}`),
        messages: createShown(app.store.messages, SLACK_TARGET, app.deps.clock.nowMs),
        groups: createGroupDirectory(app.deps),
        inbox: createInbox(app.store.inbox, app.deps.clock),
        log: app.deps.log,
        nowMs: app.deps.clock.nowMs,
        timing: {
          nowMs: app.deps.clock.nowMs,
          sleep: (ms) => setTimeout(ms, undefined, { ref: false }),
        },
        settings: slackSettings(app, config),
      });

/** Works while this process has the role; takes it as soon as whoever has it is gone. */
export const work = (app: App, name: string, stop: AbortSignal): Promise<void> =>
  holdRole(
    {
      takeRole: app.takeRole,
      createWork: app.createWork,
      kill: app.deps.kill,
      log: app.deps.log,
    },
    name,
    stop,
  );

/**
 * The five lines about Slack where its secrets are missing, null where none is. ConfigError SLACK_SECRETS where Slack was
 * plainly wanted: mode http is written down, or one secret of two is set.
 */
const slackNotice = (config: Config): string | null => {
  const { slackMissing } = config;
  if (slackMissing.length === 0) return null;
  const { mode } = config.workspace.surfaces.slack;
  const [first = "", ...rest] = missingSecrets(mode, SLACK_NEEDS[mode], slackMissing);
  if (mode === "http" || slackMissing.length < SLACK_NEEDS[mode].length)
    throw new ConfigError("SLACK_SECRETS", [first, ...rest].join("\n"));
  return [first, ...rest].join("\n");
};

// Loaded only where it is on: most bots serve no assistants over HTTP.
const mountMcpOn = async (app: App, config: Config): Promise<McpHttp | null> => {
  if (!config.workspace.surfaces.mcp.http) return null;
  const { mountMcp } = await import("../mcp/mount.ts");
  return mountMcp(app, {
    workspace: config.workspace,
    tokens: config.mcpTokens,
    osUser: config.osUser,
    root: PACKAGE_ROOT,
    homeKey: secretKey(config.homeDir, app.deps.newId),
  });
};

// What is mounted on the process's one listener: Slack in mode http, and figures where they were asked for.
const listen = async (app: App, config: Config, bot: SlackBot | null, mcp: McpHttp | null) => {
  const { log } = app.deps;
  const http = createHttp({ ...config.workspace.http, log });
  const paths = [
    ...(mcp?.paths ?? []),
    ...(bot?.handle ? [{ path: SLACK_PATH, handler: bot.handle }] : []),
    ...(config.workspace.http.metrics
      ? [{ path: METRICS_PATH, handler: createMetricsHandler(app.deps) }]
      : []),
  ];
  if (app.webhookIn) paths.push({ path: WEBHOOK_PATH, handler: app.webhookIn });
  if (paths.length === 0) return null;
  for (const { handler, path } of paths) http.mount(path, handler);
  const { host, port } = await http.start();
  for (const { path } of paths) log.info("listening", { address: `http://${host}:${port}${path}` });
  return http;
};

// What is open is rendered anew at the start; the port sends only what looks otherwise than what is shown.
const showOpen = async (app: App, bot: SlackBot): Promise<void> => {
  for (const { approvalId, runId } of await app.store.approvals.list({ limit: OPEN_SHOWN })) {
    const effectKey = `handoff/${approvalId}`;
    if ((await app.store.messages.get(SLACK_TARGET, effectKey)) === null) continue;
    const body = { run_id: runId, ref: approvalId };
    await bot
      .deliver({ effectKey, kind: "handoff", body, externalRef: null })
      .catch((error: unknown) =>
        app.deps.log.warn("an open approval was not shown anew", { error: messageOf(error) }),
      );
  }
};

/**
 * Connects the bot and delivers to it until `stop`. Slack being away keeps nobody from working. Of several processes each
 * answers what it hears, and one delivers.
 */
const talk = async (app: App, bot: SlackBot, stop: AbortSignal): Promise<void> => {
  const { log } = app.deps;
  const taken = takeDeliveryRole(app.deps, SLACK_TARGET, stop); // before it listens: what a dead process heard is finished first
  taken.catch(() => {}); // thrown where it is awaited
  await Promise.race([bot.start(), once(stop, "abort")]); // an outage may keep it from starting for long
  log.info("connected to Slack");
  const role = await taken;
  if (role) {
    void showOpen(app, bot);
    await runDelivery(app.deps, SLACK_TARGET, bot.deliver, stop);
    role.release();
  }
  await bot
    .stop()
    .catch((error: unknown) =>
      log.warn("the bot did not stop cleanly", { error: messageOf(error) }),
    );
};

/**
 * `mlpipeline serve`: the worker, the bot where Slack's secrets are set, and the HTTP listener where something is mounted.
 * Ends within ten seconds of the signal. ConfigError SLACK_SECRETS, HTTP_NOT_LISTENING.
 */
export const serve = async (
  config: Config,
  stop: AbortSignal,
  extra: AppOptions = {},
): Promise<0> => {
  const notice = slackNotice(config);
  if (notice !== null) process.stderr.write(`${notice}\n`);
  const opsgenie = config.channels.opsgenie && opsgenieNotice(systemClock.nowMs());
  const { slack } = config;
  const examineOnline = async () => (slack === null ? [] : examineSlack(slack));
  const app = await createApp(config, { ...extra, examineOnline });
  const { log } = app.deps;
  if (opsgenie) log.warn(opsgenie);
  const failed = new AbortController();
  const end = AbortSignal.any([stop, failed.signal]);
  try {
    await app.ensureOwner();
    const bot = createBot(app, config);
    const mcp = await mountMcpOn(app, config);
    const http = await listen(app, config, bot, mcp);
    end.addEventListener("abort", () => void mcp?.close(), { once: true });
    end.addEventListener("abort", () => void http?.stop(), { once: true });
    log.info("serving", { home: config.homeDir, slack: bot !== null });
    const parts = [
      work(app, `serve-${process.pid}-${app.deps.newId()}`, end),
      ...(bot ? [talk(app, bot, end)] : []),
      ...app.deliveries.map(({ deliver, target }) => runDelivery(app.deps, target, deliver, end)),
    ];
    // When one fails the others end as on a signal, then its error is told.
    for (const part of parts) part.catch(() => failed.abort());
    const broken = (await Promise.allSettled(parts)).find((part) => part.status === "rejected");
    if (broken) throw broken.reason;
    return 0;
  } finally {
    app.close();
  }
};
