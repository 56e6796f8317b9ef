import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createFolderBlobs } from "../../src/monitors/blobs.ts";
import { parseMonitors } from "../../src/monitors/monitor.ts";
import { runMonitor } from "../../src/monitors/run-monitor.ts";
import { NO_STATE, readState } from "../../src/monitors/state.ts";
import { normalSql, writeTable } from "./tables.ts";

const TEXT = `
version: 1
monitors:
  - id: birds-drift
    kind: drift
    model: birds
    source: predictions/
    columns: {id: prediction_id, time: time, version: model_version, score: score}
    schedule: "0 * * * *"
    zone: UTC
    window: auto
    max_window_hours: 8
    detects_within_hours: 17
    promised_hours: 24
    keeps_promise: true
    reference: {part: training, rows: 8000, snapshot: 0a1b2c}
    min_rows: 100
    floor: 0.05
    false_discovery: 0.01
    direction: both
    features:
      - {field: speed, kind: numeric}
      - {field: phase, kind: categorical}
    segments: []
    route: slack
    retrain: {mode: ask, lasting_windows: 3, min_new_labels: 400, cooldown_days: 7}
  - {id: birds-quality, kind: quality, model: birds, source: predictions/, window: auto, limit_share: 0.001, freshness_hours: 16, route: slack}
  - id: birds-performance
    kind: performance
    model: birds
    source: predictions/
    metric: roc_auc
    reference: artifacts/metrics.json
    labels: {path: labels/, id: prediction_id, value: label, delay_days: null}
    max_rows: 5000
    slices: []
    route: page
  - {id: birds-cost, kind: cost, model: birds, source: cost/budgets.yaml, warn_pct: [50, 80, 100], route: slack}
`;

test("the monitors.yaml of a pipeline is read with its defaults", () => {
  const monitors = parseMonitors(TEXT);
  expect(monitors.map(({ kind }) => kind)).toEqual(["drift", "quality", "performance", "cost"]);
  expect(monitors[1]).toMatchObject({ schedule: "0 * * * *", zone: "UTC", min_rows: 100 });
});

test("every wrong field of a monitors.yaml is named", () => {
  const wrong = TEXT.replace("zone: UTC", "zone: Mars/Base").replace("floor: 0.05", "floor: 5");
  expect(() => parseMonitors(wrong, "mine.yaml")).toThrow(/mine.yaml/);
  try {
    parseMonitors(wrong);
  } catch (error) {
    expect(String((error as { readonly got?: string }).got)).toMatch(
      /zone[\s\S]*floor|floor[\s\S]*zone/,
    );
  }
  expect(() => parseMonitors(TEXT.replace("birds-quality", "birds-drift"))).toThrow("monitors");
});

test("profiles and counters that were kept give the same Verdicts", {
  timeout: 30_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), "mlpipeline-blobs-"));
  try {
    const [drift] = parseMonitors(TEXT);
    if (!drift) throw new Error("expected a monitor");
    const row = `${normalSql(1)} AS speed, 'p' || i % 3 AS phase`;
    const sources = {
      reference: {
        kind: "files",
        path: await writeTable(join(dir, "r.parquet"), `SELECT ${row} FROM range(2000) t(i)`),
      } as const,
      current: {
        kind: "files",
        path: await writeTable(
          join(dir, "c.csv"),
          `SELECT make_timestamp(i * 100 * 1000000) AS time, ${row} FROM range(1000) t(i)`,
        ),
      } as const,
      blobs: createFolderBlobs(join(dir, "blobs"), randomUUID),
    };
    const now = 2 * 86_400_000;
    const first = await runMonitor(drift, sources, null, now);
    expect(readdirSync(join(dir, "blobs"))).toContain("profiles");
    expect(await runMonitor(drift, sources, null, now)).toEqual(first);
    expect(readState(JSON.parse(JSON.stringify(first.state)))).toEqual(first.state);
    expect(readState({ version: 7 })).toEqual(NO_STATE);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
