import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usd } from "../../src/lib/money.ts";
import { allocate } from "../../src/monitors/cost/allocate.ts";
import { type CostLine, type LedgerCall, ledgerLines } from "../../src/monitors/cost/cost-line.ts";
import { forecastMonth } from "../../src/monitors/cost/forecast.ts";
import { openCostLines } from "../../src/monitors/cost/open-cost.ts";
import { recommendCalls, recommendResources } from "../../src/monitors/cost/recommend.ts";
import { spotShare, type Usage, wasteOf } from "../../src/monitors/cost/waste.ts";
import { parseMonitor } from "../../src/monitors/monitor.ts";
import { runMonitor } from "../../src/monitors/run-monitor.ts";
import type { Verdict } from "../../src/monitors/verdict.ts";

const DAY = 86_400_000;
let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mlpipeline-cost-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const monitor = parseMonitor({ id: "c", kind: "cost", model: "m", source: "cost/budgets.yaml" });
const HEAD =
  "ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,ListCost,BillingCurrency,ChargeCategory,ServiceCategory,ServiceName,ResourceId,Tags";

/** A FOCUS export of days from `start` on: cost(day) each, in USD. */
const focus = (
  name: string,
  start: number,
  days: number,
  cost: (day: number) => number,
  extra: readonly string[] = [],
): string => {
  const folder = join(dir, name);
  mkdirSync(folder, { recursive: true });
  const rows = Array.from({ length: days }, (_, i) => {
    const from = new Date(start + i * DAY).toISOString();
    const to = new Date(start + (i + 1) * DAY).toISOString();
    return `${from},${to},${cost(i)},${cost(i)},${cost(i)},USD,Usage,Compute,Virtual Machines,vm-1,"{""pipeline"":""birds"",""user:model"":""m1""}"`;
  });
  writeFileSync(join(folder, "focus.csv"), `${[HEAD, ...rows, ...extra].join("\n")}\n`);
  return folder;
};

const look = async (
  folder: string,
  now: number,
  budgetUsd: number | null = null,
  ledger: readonly LedgerCall[] = [],
) =>
  runMonitor(
    monitor,
    {
      current: { kind: "files", path: "unused" },
      reference: null,
      costs: {
        focus: { kind: "files", path: folder },
        monthBudget: budgetUsd === null ? null : usd(budgetUsd),
        ledger,
      },
    },
    null,
    now,
  );
const rule = (verdicts: readonly Verdict[], name: string) =>
  verdicts.find((one) => one.rule === name);
const measure = (
  measures: readonly { name: string; value: number | null; detail: unknown }[],
  name: string,
) => measures.find((one) => one.name === name);

const START = Date.UTC(2026, 8, 1);
const NOW = Date.UTC(2026, 9, 21, 6);

test("spend, forecast and labels come from a FOCUS export, to the micro-dollar", {
  timeout: 20_000,
}, async () => {
  const folder = focus("plain", START, 50, () => 10.1);
  const { measures, verdicts } = await look(folder, NOW, 1_000);
  expect(measure(measures, "spend_usd")?.value).toBe(20 * 10_100_000);
  expect(measure(measures, "forecast_usd")?.detail).toMatchObject({
    method: "seasonal",
    p50: 31 * 10_100_000,
  });
  expect(measure(measures, "spend_by_pipeline")?.detail).toMatchObject({
    shares: [{ name: "birds", share: 1 }],
  });
  expect(measure(measures, "spend_by_model")?.detail).toMatchObject({ shares: [{ name: "m1" }] });
  expect(verdicts).toMatchObject([{ level: "ok", firing: false, cause: "cost" }]);
});

test("a budget warns at its limits, and before them when the forecast passes it", {
  timeout: 20_000,
}, async () => {
  const folder = focus("budget", START, 50, () => 10);
  expect(rule((await look(folder, NOW, 390)).verdicts, "budget")).toMatchObject({
    level: "info",
    firing: false,
  });
  const tight = await look(folder, NOW, 240);
  expect(rule(tight.verdicts, "budget")).toMatchObject({
    level: "warning",
    firing: true,
    subject: "budget 2026-10",
  });
  expect(rule(tight.verdicts, "budget_forecast")).toMatchObject({ level: "warning", firing: true });
  expect(rule((await look(folder, NOW, 150)).verdicts, "budget")).toMatchObject({
    level: "critical",
  });
});

test("a jump is an anomaly once it lasts two days, and never while the bill may still change", {
  timeout: 20_000,
}, async () => {
  const folder = focus("jump", START, 50, (day) => (day >= 46 ? 300 : 100));
  const at = (day: number) => look(folder, START + day * DAY + 6 * 3_600_000);
  expect(rule((await at(48)).verdicts, "anomaly")).toBeUndefined();
  expect(rule((await at(49)).verdicts, "anomaly")).toBeUndefined();
  const found = rule((await at(50)).verdicts, "anomaly");
  expect(found).toMatchObject({ level: "warning", firing: true });
  expect(found?.reasons[1]).toContain("Virtual Machines $200 more");
});

test("a later export replaces the days that it restates, and other currencies are not added", {
  timeout: 20_000,
}, async () => {
  const euro = `2026-10-02T00:00:00Z,2026-10-03T00:00:00Z,99,99,99,EUR,Usage,Compute,VM,vm-2,`;
  const first = focus("restated/a", START, 50, () => 10, [euro]);
  const second = focus("restated/b", Date.UTC(2026, 9, 10), 5, () => 12);
  utimesSync(join(first, "focus.csv"), 1, 1);
  utimesSync(join(second, "focus.csv"), 2, 2);
  const { measures } = await look(join(dir, "restated"), NOW);
  expect(measure(measures, "spend_usd")?.value).toBe(usd(15 * 10 + 5 * 12));
  expect(measure(measures, "spend_usd")?.detail).toMatchObject({ other_currencies: { EUR: 99 } });
});

test("a bill that is no FOCUS export, or none at all, is said", { timeout: 20_000 }, async () => {
  mkdirSync(join(dir, "other"));
  writeFileSync(join(dir, "other", "bill.csv"), "day,amount\n2026-10-01,3\n");
  const { verdicts } = await look(join(dir, "other"), NOW);
  expect(rule(verdicts, "feed")).toMatchObject({ level: "critical", cause: "cost" });
  expect(rule(verdicts, "cost")).toMatchObject({ level: "not_enough_data" });
});

test("fewer than 14 days give a plain run rate, marked so", () => {
  const days = Array.from({ length: 10 }, (_, i) => ({
    day: `2026-10-${String(i + 1).padStart(2, "0")}`,
    effective: usd(5),
  }));
  expect(forecastMonth(days, "2026-10-11")).toEqual({
    spent: usd(50),
    p50: usd(155),
    p90: usd(155),
    method: "run rate",
  });
});

test("the parts of an allocation add up to the whole, unlabelled spend among them", () => {
  const line = fc.record({
    effective: fc.integer({ min: -1_000, max: 1e9 }),
    pipeline: fc.constantFrom("a", "b", null),
  });
  fc.assert(
    fc.property(fc.array(line), (some) => {
      const lines = some.map((one) => ({ ...one }) as unknown as CostLine);
      const parts = allocate(lines, "pipeline");
      expect(parts.reduce((sum, { effective }) => sum + effective, 0)).toBe(
        lines.reduce((sum, one) => sum + one.effective, 0),
      );
    }),
  );
});

const usage = (extra: Partial<Usage>): Usage => ({
  resource: "vm-1",
  request: 8,
  p95: 8,
  max: 8,
  gpuP95: null,
  hours: 100,
  interruptible: false,
  spot: false,
  days: 30,
  environment: "prod",
  ...extra,
});

test("every dollar is wasted once at most, in a fixed order", () => {
  const [line] = ledgerLines([]);
  expect(line).toBeUndefined();
  const of = (resource: string, effective: number, extra: Partial<CostLine> = {}) =>
    ({ resource, effective, run: null, commitmentStatus: null, ...extra }) as unknown as CostLine;
  const lines = [
    of("__idle__", 100),
    of("disk", 50, { run: "r1" }),
    of("vm-1", 400, { run: "r1" }),
    of("vm-2", 50, { run: "r1" }),
    of("vm-3", 400, { commitmentStatus: "Unused" }),
  ];
  const waste = wasteOf(
    lines,
    [usage({ request: 10, p95: 4 })],
    new Set(["disk"]),
    new Set(["r1"]),
  );
  expect(waste.parts).toEqual({
    idle: 100,
    unattached: 50,
    oversized: 216,
    failed_runs: 50,
    commitment: 400,
  });
  expect(waste.share).toBeCloseTo(816 / 1000, 12);
});

test("spot use is measured by hours of interruptible work", () => {
  expect(spotShare([usage({})])).toBeNull();
  expect(
    spotShare([
      usage({ interruptible: true, spot: true, hours: 60 }),
      usage({ interruptible: true, hours: 40 }),
      usage({ hours: 900 }),
    ]),
  ).toBeCloseTo(0.6, 12);
});

test("recommendations carry a range, a risk, an undo and what they rest on", () => {
  const found = recommendResources(
    [usage({ p95: 2, max: 3 }), usage({ resource: "gpu", gpuP95: 0.01, hours: 6, p95: 8 })],
    new Map([
      ["vm-1", usd(100)],
      ["gpu", usd(900)],
    ]),
  );
  expect(found.map(({ rule: one }) => one)).toEqual(["idle_gpu", "rightsize"]);
  for (const one of found) {
    expect(one.monthLow).toBeLessThanOrEqual(one.monthHigh);
    expect(one.undo).not.toBe("");
    expect(Object.keys(one.evidence).length).toBeGreaterThan(0);
  }
});

test("model calls that hardly hit the cache, and a phase that loops, are told", () => {
  const call = (run: string, input: number): LedgerCall => ({
    atMs: 0,
    model: "claude",
    microUsd: 1_000,
    outcome: "ok",
    pipeline: "p",
    run,
    phase: "2",
    tokens: { input, output: 10, read: 10, write5m: 0, write1h: 0, thinking: 0 },
  });
  const calls = [
    ...Array.from({ length: 30 }, (_, i) => call(`r${i}`, 1_000)),
    call("wild", 9_000),
  ];
  expect(recommendCalls(calls).map(({ rule: one }) => one)).toEqual(["llm_cache", "runaway_loop"]);
});

test("OpenCost's allocation becomes estimates, and another form is refused", () => {
  const lines = openCostLines({
    code: 200,
    data: [
      {
        birds: {
          name: "birds",
          window: { start: "2026-10-01T00:00:00Z" },
          cpuCost: 1,
          totalCost: 1.5,
        },
        __idle__: { name: "__idle__", totalCost: 0.5 },
      },
    ],
  });
  expect(lines).toMatchObject([
    { source: "estimate", day: "2026-10-01", pipeline: "birds", effective: 1_500_000, billed: 0 },
    { resource: "__idle__", pipeline: null },
  ]);
  expect(openCostLines({ hello: 1 })).toBeNull();
});
