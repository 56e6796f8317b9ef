import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Clock } from "../../../src/lib/clock.ts";
import { createBot } from "../../../src/main.ts";
import type { Verdict } from "../../../src/monitors/verdict.ts";
import { deliverDue } from "../../../src/runtime/deliver.ts";
import { SLACK_TARGET } from "../../../src/runtime/outbox.ts";
import type { RunCheck } from "../../../src/runtime/watch/deps.ts";
import type { Scheduler } from "../../../src/runtime/watch/scheduler.ts";
import type { MonitorRow } from "../../../src/store/watch-rows.ts";
import { type FakeSlack, startFakeSlack } from "../../support/fake-slack/server.ts";
import { SLACK_WORKSPACE } from "../../support/slack-app.ts";
import { createTestApp, type TestApp } from "../../support/test-app.ts";

const PATIENCE = 240_000;
const MINUTE = 60_000;
const START = Date.parse("2026-03-24T00:00:00Z"); // a Tuesday; Berlin's clocks go forward on Sunday the 29th
const at = (iso: string) => Date.parse(`${iso}Z`);
const between = (now: number, from: string, to: string) => now >= at(from) && now < at(to);

const verdict = (
  monitor: MonitorRow,
  subject: string,
  nowMs: number,
  more: Partial<Verdict>,
): Verdict => ({
  monitor: monitor.id,
  cause: monitor.kind,
  subject,
  segment: null,
  rule: monitor.kind,
  level: "ok",
  firing: false,
  windowEnd: nowMs,
  since: null,
  reasons: [`${subject} is as before`],
  evidence: { rows: 4_000 },
  inhibitedBy: null,
  restated: false,
  digestOnly: false,
  ...more,
});

const FEATURES = Array.from({ length: 30 }, (_, n) => `f${n}`);
const DRIFTED = ["f3", "f17"];

/** What the Monitors would find in that week: drift in two of thirty features, a feed that breaks for a day, a cost spike. */
const week: RunCheck = async (monitor, nowMs) => {
  const make = (subject: string, more: Partial<Verdict>) => verdict(monitor, subject, nowMs, more);
  const result = (verdicts: readonly Verdict[]) => ({ measures: [], verdicts, state: null });
  if (monitor.kind === "quality") {
    const broken = between(nowMs, "2026-03-26T00:00", "2026-03-26T16:00");
    return result([
      broken
        ? make("feed", {
            rule: "freshness",
            level: "critical",
            firing: true,
            reasons: ["no row has arrived for 9 hours"],
          })
        : make("feed", { rule: "freshness" }),
    ]);
  }
  if (monitor.kind === "cost") {
    const spike = between(nowMs, "2026-03-27T06:00", "2026-03-28T06:00");
    return result([
      spike
        ? make("spend", {
            rule: "anomaly",
            level: "critical",
            firing: true,
            reasons: ["spend is $412 a day against $96"],
          })
        : make("spend", { rule: "anomaly" }),
    ]);
  }
  const drifting = between(nowMs, "2026-03-25T00:00", "2026-03-30T08:00");
  return result(
    FEATURES.map((feature) =>
      drifting && DRIFTED.includes(feature)
        ? make(feature, {
            level: "warning",
            firing: true,
            reasons: [`${feature} moved: D .22 against a floor of .05`],
          })
        : make(feature, {}),
    ),
  );
};

/** Virtual time, which jumps to `ms` and runs on from there: what waits a second for Slack waits a real one. */
interface Now {
  ms: number;
  since: number;
}

let dir: string;
let slack: FakeSlack;
let now: Now;
let t: TestApp;
let scheduler: Scheduler;
let deliver: () => Promise<void>;

const clockOf = (time: Now): Clock => {
  const nowMs = () => Math.round(time.ms + performance.now() - time.since);
  return { nowMs, monotonicMs: nowMs };
};

/** Opens the home as a new process would. */
const open = async (): Promise<void> => {
  const environment = {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
    SLACK_API_URL: slack.url,
  };
  t = await createTestApp({
    dir,
    workspace: SLACK_WORKSPACE,
    environment,
    app: { clock: clockOf(now), runCheck: week },
  });
  const bot = createBot(t.app, t.config);
  if (!bot) throw new Error("the bot was not made");
  scheduler = t.app.watch.scheduler([t.app.digests.tick, t.app.releases.tick]);
  await scheduler.takeOver();
  deliver = async () => {
    while ((await deliverDue(t.app.deps, SLACK_TARGET, bot.deliver)) > 0);
  };
};

const posts = () => slack.workspace.messages.filter((message) => message.channel === "C1");

/** Lets time pass in quarters of an hour; `told: false` is a process that dies before it tells anybody. */
const pass = async (until: string, told = true): Promise<void> => {
  for (; now.ms < at(until); now.ms += 15 * MINUTE) {
    now.since = performance.now();
    await scheduler.tick();
    await scheduler.settled();
    if (told) await deliver();
  }
};

const monitorOf = (kind: MonitorRow["kind"], cron: string): MonitorRow => ({
  id: `strikes-${kind}`,
  pipeline: "strikes",
  model: "strikes",
  kind,
  cron,
  zone: "UTC",
  enabled: true,
  spec: { environment: "prod" },
  createdBy: null,
  createdAt: START,
  checkedAt: null,
  fault: null,
  state: null,
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-week-"));
  slack = await startFakeSlack({ rates: "off" });
  now = { ms: START, since: performance.now() };
  await open();
  const actor = t.owner;
  await t.app.store.commit(
    { runId: "setup", key: "setup", payloadHash: "x", nowMs: START, actor },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      watch: [
        { op: "monitor", row: monitorOf("drift", "0 */8 * * *") },
        { op: "monitor", row: monitorOf("quality", "0 */8 * * *") },
        { op: "monitor", row: monitorOf("cost", "0 6 * * *") },
      ],
    }),
  );
  await t.call("subscription_set", {
    to: "channel:C1",
    cron: "0 9 * * *",
    zone: "Europe/Berlin",
  });
}, PATIENCE);

afterAll(async () => {
  t.app.close();
  await slack.close();
  await rm(dir, { recursive: true, force: true });
});

test(
  "a week with drift, a broken feed, a cost spike, a snooze that ends, a clock change and two restarts is told once each, at the right hours",
  async () => {
    await pass("2026-03-25T10:00");
    const [drift] = (
      (await t.call("alerts_list", {})) as unknown as { incidents: { incident: string }[] }
    ).incidents;
    await t.call("alert_resolve", {
      incident: drift?.incident ?? "",
      action: "snooze",
      until: "1d",
    });
    await pass("2026-03-26T00:00");
    t.app.close(); // a restart
    await open();
    await pass("2026-03-27T06:00");
    await pass("2026-03-27T06:15", false); // decided, and dead before it was posted
    t.app.close();
    await open();
    await pass("2026-03-31T00:00");

    const said = posts().map((message) =>
      message.text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, "…"),
    );
    const firsts = (start: string) => said.filter((text) => text.startsWith(start));
    // One message per incident, edited in place; what it says now is how it ended. Two of the sixteen looks at drift were explained
    // by the broken feed.
    expect(firsts("Drift: ")).toEqual([
      "Drift: strikes, f3 and 1 more: warning, resolved after 5 days. f3 moved: D .22 against a floor of .05. Seen in 14 checks, last …; owner nobody yet.",
    ]);
    expect(firsts("Data quality: ")).toEqual([
      "Data quality: strikes, feed: critical, resolved after 16 h. no row has arrived for 9 hours. Seen in 2 checks, last …; owner nobody yet.",
    ]);
    expect(firsts("Cost: ")).toEqual([
      "Cost: strikes, spend: critical, resolved after 24 h. spend is $412 a day against $96. Seen once, last …; owner nobody yet.",
    ]);
    const lines = said.filter(
      (text) => !/^(Drift|Data quality|Cost|Evidence|All quiet|\d+ open|no incident)/.test(text),
    );
    expect(lines).toEqual([
      "Tess snoozed it until ….",
      "People are affected now, so on-call is told without waiting.",
      "The snooze has ended and it still fires.",
      "Recovered after 16 h.",
      "Nobody has taken it for 15 minutes.",
      "Nobody has taken it for 30 minutes, so it is paged.",
      "Recovered after 24 h.",
      "Recovered after 5 days.",
    ]);
    // One digest a day at nine on Berlin's clocks: 8 UTC before the change, 7 UTC from Sunday on.
    const digests = await Promise.all(
      ["24", "25", "26", "27", "28", "29", "30"].map((day) =>
        t.app.store.watch.digest("channel-C1", `2026-03-${day}T09:00`),
      ),
    );
    expect(digests.map((one) => new Date(one?.madeAt ?? 0).getUTCHours())).toEqual([
      8, 8, 8, 8, 8, 7, 7,
    ]);
    const summaries = said.filter((text) => /^(All quiet|\d+ open|no incident)/.test(text));
    expect(summaries).toHaveLength(7);
    expect(summaries[0]).toMatch(/^All quiet/);
    expect(summaries[2]).toMatch(/^2 open \(1 new\)/);
    // Nothing was posted twice.
    expect(new Set(posts().map((message) => JSON.stringify(message.metadata))).size).toBe(
      posts().length,
    );

    // After a fortnight off, one digest tells everything and no storm breaks loose.
    await pass("2026-03-31T08:00");
    const atTheEnd = posts().length;
    now.ms = at("2026-04-14T08:00");
    now.since = performance.now(); // ten in Berlin, an hour after the slot
    await scheduler.tick();
    await scheduler.settled();
    await deliver();
    const fresh = posts().slice(atTheEnd);
    expect(fresh).toHaveLength(1);
    const last = await t.app.store.watch.lastDone("digest/channel-C1");
    expect(last?.slot).toBe("2026-04-14T09:00");
    const monitors = await t.app.store.watch.lastSlot("monitor/strikes-drift");
    expect(monitors).toMatchObject({ slot: "2026-04-14T08:00", state: "done" });
  },
  PATIENCE,
);
