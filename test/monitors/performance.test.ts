import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseMonitor } from "../../src/monitors/monitor.ts";
import { createAdwin } from "../../src/monitors/performance/adwin.ts";
import {
  calibrate,
  calibrationError,
  chooseCalibration,
  fitIsotonic,
} from "../../src/monitors/performance/calibration.ts";
import { estimatePerformance } from "../../src/monitors/performance/estimate.ts";
import { linkKpi } from "../../src/monitors/performance/kpi.ts";
import {
  averageRunLength,
  limitFor,
  startPageHinkley,
  stepPageHinkley,
} from "../../src/monitors/performance/page-hinkley.ts";
import { burning, type Fetch } from "../../src/monitors/performance/prometheus.ts";
import { realisedMetric, rocAuc } from "../../src/monitors/performance/realised.ts";
import { runMonitor } from "../../src/monitors/run-monitor.ts";
import type { MonitorState } from "../../src/monitors/state.ts";
import { kendallTau, spearman } from "../../src/monitors/stats/rank-correlation.ts";
import type { Verdict } from "../../src/monitors/verdict.ts";
import { noise, normals, seeded, writeTable } from "./tables.ts";

describe("estimating without labels", () => {
  const rows = fc.array(
    fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), label: fc.constantFrom(0, 1) }),
    { minLength: 1, maxLength: 80 },
  );

  test("a calibration never falls and keeps the mean of the labels", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const fitted = fitIsotonic(list);
        expect(fitted.values.every((v, i) => i === 0 || v > (fitted.values[i - 1] ?? 0))).toBe(
          true,
        );
        const said = list.reduce((sum, { score }) => sum + calibrate(fitted, score), 0);
        expect(said).toBeCloseTo(
          list.reduce((sum, { label }) => sum + label, 0),
          6,
        );
      }),
    );
  });

  test("a calibration is used only where it helps on rows that it has not seen", () => {
    const next = seeded(3);
    const sure = Array.from({ length: 4_000 }, () => {
      const p = next();
      return { score: p * p, label: next() < p ? 1 : 0 };
    });
    const chosen = chooseCalibration(sure);
    expect(chosen.from.length).toBeGreaterThan(1);
    const after = sure.map(({ label, score }) => ({ score: calibrate(chosen, score), label }));
    expect(calibrationError(after)).toBeLessThan(calibrationError(sure) / 3);
  });

  test("with true probabilities the estimate is what comes", () => {
    const next = seeded(5);
    const list = Array.from({ length: 20_000 }, () => {
      const p = next();
      return { score: p, p, actual: next() < p ? "1" : "0" };
    });
    const estimate = estimatePerformance(list, 0.5);
    const outcomes = list.map(({ actual, score }) => ({
      score,
      actual,
      predicted: score >= 0.5 ? "1" : "0",
    }));
    for (const metric of ["accuracy", "roc_auc", "macro_f1"] as const)
      expect(
        Math.abs(
          (estimate[metric] ?? 0) -
            (realisedMetric(metric, outcomes.slice(0, 5_000), "1")?.value ?? 1),
        ),
      ).toBeLessThan(0.02);
  });
});

describe("realised figures", () => {
  test("the area under the curve and its interval are DeLong's", () => {
    const outcome = (score: number, actual: string) => ({ score, actual, predicted: "1" });
    const list = [outcome(0.1, "0"), outcome(0.4, "0"), outcome(0.35, "1"), outcome(0.8, "1")];
    expect(rocAuc(list, "1")?.value).toBe(0.75);
    expect(rocAuc(list.slice(0, 2), "1")).toBeNull();
    const next = normals(9);
    const many = Array.from({ length: 2_000 }, (_, i) =>
      outcome(next() + (i % 2), i % 2 ? "1" : "0"),
    );
    const found = rocAuc(many, "1");
    // Φ(1/√2) = .760 for two normal classes one σ apart.
    expect(found?.low).toBeLessThan(0.7602);
    expect(found?.high).toBeGreaterThan(0.7602);
    expect((found?.high ?? 1) - (found?.low ?? 0)).toBeLessThan(0.05);
  });

  test("errors and shares agree with their definitions", () => {
    const list = [1, 2, 4].map((actual) => ({ score: 2, actual: String(actual), predicted: "2" }));
    expect(realisedMetric("mae", list, "1")?.value).toBeCloseTo(1, 12);
    expect(realisedMetric("rmse", list, "1")?.value).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(realisedMetric("accuracy", list, "1")?.value).toBeCloseTo(1 / 3, 12);
    expect(realisedMetric("unknown", list, "1")).toBeNull();
  });
});

describe("slow changes", () => {
  test("the limit follows from the run length that people choose", () => {
    for (const [length, limit] of [
      [60, 2.376],
      [180, 3.394],
      [365, 4.074],
      [1000, 5.063],
    ] as const) {
      expect(limitFor(length)).toBeCloseTo(limit, 2);
      expect(averageRunLength(limitFor(length, 3))).toBeCloseTo(3 * length, 3);
    }
    expect(startPageHinkley([1, 2, 3])).toBeNull();
  });

  test("a step of one standard deviation is noticed in fewer than nine windows on average, on the bad side only", () => {
    const reference = Array.from({ length: 400 }, normals(7));
    const windowsTo = (shift: number, seed: number) => {
      const next = normals(seed);
      let state = startPageHinkley(reference);
      for (let i = 1; i <= 60 && state; i++) {
        state = stepPageHinkley(state, next() + shift, 1);
        if (state.sum > limitFor(180)) return i;
      }
      return 60;
    };
    const mean = (shift: number) =>
      Array.from({ length: 40 }, (_, i) => windowsTo(shift, 100 + i)).reduce((a, b) => a + b, 0) /
      40;
    expect(mean(1)).toBeLessThan(9);
    expect(mean(-1)).toBe(60);
  });

  test("an adaptive window is cut when the error rate rises, and keeps its width when it does not", () => {
    const next = seeded(21);
    const adwin = createAdwin();
    let alarms = 0;
    for (let i = 0; i < 20_000; i++) if (adwin.add(next() < 0.1 ? 1 : 0)) alarms += 1;
    expect(alarms).toBe(0);
    expect(adwin.mean()).toBeCloseTo(0.1, 2);
    let noticed = 0;
    while (noticed < 5_000 && !adwin.add(next() < 0.2 ? 1 : 0)) noticed += 1;
    expect(noticed).toBeLessThan(1_500);
    expect(adwin.width()).toBeLessThan(20_000 + noticed);
  });

  test("rank correlations agree with scipy", () => {
    const [a, b] = [
      [12, 2, 1, 12, 2],
      [1, 4, 7, 1, 0],
    ];
    // scipy.stats.kendalltau and spearmanr of these lists
    expect(kendallTau(a, b)).toBeCloseTo(-0.4714045207910316, 12);
    expect(spearman(a, b)).toBeCloseTo(-0.5407380704358752, 12);
    expect(kendallTau([1, 1], [1, 2])).toBeNull();
  });

  test("a business figure that follows two windows later is linked with its lag, noise is not", () => {
    const next = normals(31);
    const metric = Array.from({ length: 60 }, next);
    const kpi = metric.map((_, i) => (metric[i - 2] ?? 0) + 0.3 * next());
    expect(linkKpi(metric, kpi)).toMatchObject({ lag: 2 });
    expect(linkKpi(metric, kpi)?.p).toBeLessThan(0.05);
    expect(linkKpi(metric, Array.from({ length: 60 }, next))?.p).toBeGreaterThan(0.05);
    expect(linkKpi(metric.slice(0, 20), kpi)).toBeNull();
  });
});

describe("a performance Monitor", () => {
  const DAY = 86_400_000;
  const START = Date.UTC(2026, 0, 5);
  let dir = "";
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "mlpipeline-performance-"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const monitor = parseMonitor({
    id: "p",
    kind: "performance",
    model: "m",
    source: "log",
    metric: "roc_auc",
    window: "1d",
    columns: { id: "prediction_id", time: "time", score: "score", label: "label" },
    labels: { path: "labels", id: "prediction_id", value: "label", delay_days: 30 },
  });

  /** `days` of 500 predictions; from day `bad` on the label no longer follows the score. `known` is the share of labels that came. */
  const world = async (name: string, days: number, bad: number, known = 1, words = ["1", "0"]) => {
    const rows = days * 500;
    const log = await writeTable(
      join(dir, name, "log.parquet"),
      `SELECT i AS prediction_id, make_timestamp((${START} + i * ${DAY} // 500) * 1000) AS time, ${noise(3)} AS score, CASE WHEN ${noise(3)} >= 0.5 THEN 1 ELSE 0 END AS label FROM range(${rows}) t(i)`,
    );
    const labels = await writeTable(
      join(dir, name, "labels.csv"),
      `SELECT i AS prediction_id, CASE WHEN ${noise(7)} < CASE WHEN i >= ${bad * 500} THEN 0.5 ELSE ${noise(3)} END THEN '${words[0]}' ELSE '${words[1]}' END AS label FROM range(${rows}) t(i) WHERE ${noise(13)} < ${known}`,
    );
    return {
      current: { kind: "files", path: log } as const,
      labels: { kind: "files", path: labels } as const,
      reference: null,
      metric: { value: 0.83, low: 0.81, high: 0.85 },
    };
  };
  const rule = (verdicts: readonly Verdict[], name: string) =>
    verdicts.find((one) => one.rule === name);

  test("a metric that falls for two windows is critical, and the inputs do not explain it", {
    timeout: 30_000,
  }, async () => {
    const sources = await world("bad", 6, 4);
    const before = await runMonitor(monitor, sources, null, START + 4 * DAY);
    expect(rule(before.verdicts, "realised_metric")).toMatchObject({ level: "ok", firing: false });
    const state: MonitorState = JSON.parse(JSON.stringify(before.state));
    const after = await runMonitor(monitor, sources, state, START + 6 * DAY);
    expect(rule(after.verdicts, "realised_metric")).toMatchObject({
      level: "critical",
      firing: true,
      since: START + 4 * DAY,
    });
    expect(rule(after.verdicts, "concept_drift")).toMatchObject({ firing: true });
    expect(rule(after.verdicts, "estimated_metric")).toMatchObject({ firing: false });
  });

  test("early labels are shown as partial and judged by nobody", { timeout: 30_000 }, async () => {
    const sources = await world("early", 3, 0, 0.5);
    const early = await runMonitor(monitor, sources, null, START + 3 * DAY);
    expect(rule(early.verdicts, "realised_metric")).toMatchObject({
      level: "not_enough_data",
      firing: false,
    });
    expect(early.measures.find(({ name }) => name === "roc_auc")?.detail).toMatchObject({
      partial: true,
    });
    expect(early.state.judgedUntil).toBeNull();
    const overdue = await runMonitor(monitor, sources, early.state, START + 40 * DAY);
    expect(rule(overdue.verdicts, "realised_metric")).toMatchObject({
      level: "critical",
      firing: true,
    });
  });

  test("labels that were due and come later still are judged, in the source's own words", {
    timeout: 30_000,
  }, async () => {
    const due = parseMonitor({
      ...monitor,
      labels: { path: "labels", id: "prediction_id", value: "label", delay_days: 0 },
    });
    const sources = {
      ...(await world("late", 3, 0, 1, ["Minor", "None"])),
      positive: { rule: "not_equals", labels: ["None"] } as const,
    };
    const none = await runMonitor(due, { ...sources, labels: null }, null, START + 3 * DAY);
    expect(none.state.judgedUntil).toBeNull();
    expect(rule(none.verdicts, "realised_metric")?.level).toBe("not_enough_data");
    const late = await runMonitor(due, sources, none.state, START + 5 * DAY);
    expect(late.state.judgedUntil).toBe(START + 3 * DAY);
    expect(rule(late.verdicts, "realised_metric")).toMatchObject({ firing: true });
    const never = await runMonitor(due, { ...sources, labels: null }, null, START + 40 * DAY);
    expect(never.state.judgedUntil).toBe(START + 3 * DAY);
  });

  const prometheus =
    (of: (query: string) => readonly (readonly [number, string])[] | null): Fetch =>
    async (url) => {
      const values = of(new URL(url).searchParams.get("query") ?? "");
      return {
        ok: true,
        status: 200,
        json: async () => ({ data: { result: values === null ? [] : [{ values }] } }),
      };
    };

  test("no traffic is not judged, no series is a dead man, a slow answer is told", {
    timeout: 30_000,
  }, async () => {
    const served = parseMonitor({
      ...monitor,
      prometheus: {
        url: "http://127.0.0.1:9090",
        service: "m",
        latency_ms: 100,
        error_share: 0.001,
      },
    });
    const sources = await world("served", 1, 9);
    const look = async (fetch: Fetch) =>
      (await runMonitor(served, { ...sources, fetch }, null, START + DAY)).verdicts;
    expect(rule(await look(prometheus(() => null)), "dead_man")).toMatchObject({
      level: "critical",
      firing: true,
    });
    expect(rule(await look(prometheus(() => [[1, "NaN"]])), "latency")).toMatchObject({
      level: "not_enough_data",
      firing: false,
    });
    const slow = await look(
      prometheus((query) => [
        [1, query.includes("histogram") ? "0.25" : query.includes("5..") ? "0.02" : "9"],
      ]),
    );
    expect(rule(slow, "latency")).toMatchObject({ level: "warning", firing: true });
    expect(rule(slow, "error_rate")).toMatchObject({ level: "critical", firing: true });
  });

  test("an error budget burns only when the long and the short window agree", () => {
    expect(burning({ "1h": 0.02, "5m": 0.02 }, 0.001)).toMatchObject({ factor: 14.4, page: true });
    expect(burning({ "1h": 0.02, "5m": 0 }, 0.001)).toBeNull();
    expect(burning({ "3d": 0.0012, "6h": 0.0015, "1h": null }, 0.001)).toMatchObject({
      factor: 1,
      page: false,
    });
  });
});
