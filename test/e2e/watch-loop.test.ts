import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/open.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { createBot } from "../../src/main.ts";
import { deliverDue } from "../../src/runtime/deliver.ts";
import { SLACK_TARGET } from "../../src/runtime/outbox.ts";
import { keepTrained } from "../../src/runtime/trained.ts";
import type { Scheduler } from "../../src/runtime/watch/scheduler.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack/server.ts";
import { type ServedLoad, writeLabels, writePredictions } from "../support/served-load.ts";
import { SLACK_WORKSPACE } from "../support/slack-app.ts";
import { BIRDSTRIKES, createTestApp, START, type TestApp } from "../support/test-app.ts";

const PATIENCE = 300_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST = Date.parse("2026-06-01T00:00:00Z");
/** A watch is looked at so often here; windows of `auto` are as long. */
const STEP = 8 * HOUR;
const ROWS = 500;
/** Labels come three days after the prediction, though the pipeline expects them at once. */
const LATE = 3 * DAY;
const TARGET = "effect_amount_of_damage";
const SPEED = "speed_ias_in_knots";
/** What the model learned from: the split of this dataset is by time. */
const LEARNED = "flight_date < DATE '2000-10-01'";

/** Virtual time, which jumps to `ms` and runs on from there: what waits a second for Slack waits a real one. */
const now = { ms: FIRST, since: performance.now() };
const nowMs = () => Math.round(now.ms + performance.now() - now.since);
const clock: Clock = { nowMs, monotonicMs: nowMs };

let dir: string;
let slack: FakeSlack;
let t: TestApp;
let world: Dataset;
let repository: string;
let runId: string;
let scheduler: Scheduler;
let deliver: () => Promise<void>;

/** The figures that a training run leaves: ranking of calibrated scores that are spread evenly, AUC 5/6. */
const train = async (): Promise<void> => {
  const made = join(dir, "trained");
  await mkdir(join(made, "artifacts"), { recursive: true });
  const figures = { metric: "roc_auc", value: 0.833, low: 0.815, high: 0.851 };
  await writeFile(join(made, "artifacts", "metrics.json"), JSON.stringify(figures));
  await keepTrained(t.app.deps.home.trained(runId), made);
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-loop-"));
  slack = await startFakeSlack({ rates: "off" });
  t = await createTestApp({
    dir,
    shipped: true,
    workspace: SLACK_WORKSPACE,
    environment: {
      SLACK_BOT_TOKEN: slack.workspace.botToken,
      SLACK_APP_TOKEN: slack.workspace.appToken,
      SLACK_API_URL: slack.url,
    },
    app: { clock },
  });
  const bot = createBot(t.app, t.config);
  if (!bot) throw new Error("the bot was not made");
  deliver = async () => {
    while ((await deliverDue(t.app.deps, SLACK_TARGET, bot.deliver)) > 0);
  };
  const started = (await t.call("run_start", START)) as unknown as { run_id: string };
  runId = started.run_id;
  for (;;) {
    const still = await t.drive(runId);
    if (still.kind !== "handoff") break;
    await t.approve(still.approvalId);
  }
  await train();
  repository = await t.app.runtime.repositoryDir(runId);
  world = await openDataset({ path: BIRDSTRIKES });
  scheduler = t.app.watch.scheduler();
}, PATIENCE);

afterAll(async () => {
  world?.close();
  t?.app.close();
  await slack.close();
  await rm(dir, { recursive: true, force: true });
});

interface Weather {
  /** From here on aircraft are faster. */
  readonly shiftedFrom: number;
  /** From here on scores mean nothing any more. */
  readonly brokenFrom: number;
}

const loadAt = (fromMs: number, { shiftedFrom }: Weather): ServedLoad => ({
  fromMs,
  hours: STEP / HOUR,
  rows: ROWS,
  ...(fromMs >= shiftedFrom ? { shifted: { [SPEED]: `${SPEED} + 60` } } : {}),
});

/** Serving logs what it answered, labels of three days ago come in, and the watch looks. */
const step = async (weather: Weather): Promise<void> => {
  const start = now.ms;
  await writePredictions(world, repository, loadAt(start, weather), {
    target: TARGET,
    where: LEARNED,
  });
  const old = start - LATE;
  if (old >= FIRST)
    await writeLabels(world, repository, loadAt(old, weather), LEARNED, {
      yes: "Substantial",
      no: "None",
      holds: old < weather.brokenFrom,
    });
  now.ms = start + STEP;
  now.since = performance.now();
  await look();
  // What waits for company is told a minute later.
  now.ms += 60_000;
  await look();
  now.ms = start + STEP;
};

const look = async (): Promise<void> => {
  now.since = performance.now();
  await scheduler.tick();
  await scheduler.settled();
  await deliver();
};

const pass = async (until: number, weather: Weather): Promise<void> => {
  while (now.ms < until) await step(weather);
};

const messages = (start: string) =>
  slack.workspace.messages.filter(
    (message) => message.threadTs === null && message.text.startsWith(start),
  );

const incidents = async () =>
  (
    (await t.call("alerts_list", { which: "all" })) as unknown as {
      incidents: { cause: string; severity: string; title: string; said: string }[];
    }
  ).incidents;

test(
  "a pipeline built here is watched: clean days are silent, a shifted load is told with its feature, late labels propose a roll back",
  async () => {
    const clean: Weather = { shiftedFrom: Number.POSITIVE_INFINITY, brokenFrom: FIRST + 4 * DAY };
    await step(clean);
    const watched = (await t.call("watch_start", { run: runId })) as unknown as {
      monitors: { monitor: string; kind: string }[];
      incidents: string[];
    };
    expect(watched.monitors.map(({ kind }) => kind).sort()).toEqual([
      "cost",
      "drift",
      "performance",
      "quality",
    ]);
    expect(watched.incidents).toEqual([]);

    await pass(FIRST + 4 * DAY, clean);
    expect(await incidents()).toEqual([]);
    const [realised] = (await t.app.watch.monitors())
      .flatMap(({ verdicts }) => verdicts)
      .filter(({ rule }) => rule === "realised_metric");
    expect(realised).toMatchObject({ level: "ok", subject: "roc_auc" });

    const shifted: Weather = { shiftedFrom: FIRST + 4 * DAY, brokenFrom: FIRST + 4 * DAY };
    await pass(FIRST + 5 * DAY, shifted);
    const drift = (await incidents()).filter(({ cause }) => cause === "drift");
    expect(drift).toHaveLength(1);
    expect(drift[0]?.title).toContain(SPEED);
    expect(messages("Drift: ")).toHaveLength(1);
    expect(messages("Drift: ")[0]?.text).toContain(SPEED);
    expect(messages("Performance: ")).toEqual([]);

    await pass(FIRST + 8 * DAY + STEP, shifted);
    const causes = (await incidents()).map(({ cause }) => cause).sort();
    expect(causes).toEqual(["drift", "performance"]);
    const [worse] = messages("Performance: ");
    expect(worse?.text).toContain("roc_auc");
    expect(JSON.stringify(worse?.blocks)).toContain("Roll back…");
    const harmed = (await incidents()).find(({ cause }) => cause === "drift");
    expect(harmed?.severity).toBe("critical");
  },
  PATIENCE,
);
