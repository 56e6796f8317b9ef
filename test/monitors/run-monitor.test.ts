import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseMonitor } from "../../src/monitors/monitor.ts";
import { runMonitor } from "../../src/monitors/run-monitor.ts";
import type { Verdict } from "../../src/monitors/verdict.ts";
import { noise, normalSql, writeTable } from "./tables.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);
let dir = "";

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "mlpipeline-watch-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const monitor = (extra: object = {}) =>
  parseMonitor({
    id: "weather-drift",
    kind: "drift",
    model: "weather",
    source: "log",
    reference: "ref",
    ...extra,
  });
const files = (path: string) => ({ kind: "files", path }) as const;

const reference = () =>
  writeTable(
    join(dir, "reference.parquet"),
    `SELECT ${normalSql(1)} AS income, ${normalSql(5)} AS age, 'c' || floor(4 * ${noise(9)}) AS plan FROM range(4000) t(i)`,
  );

/** Six days of 8-hour windows with 400 rows each; `income` moves by `shift` from the tenth window on. */
const log = (name: string, shift: number) =>
  writeTable(
    join(dir, name),
    `SELECT make_timestamp((${START} + i * ${8 * HOUR} // 400) * 1000) AS time, ${normalSql(11, `CASE WHEN i >= 4000 THEN ${shift} ELSE 0 END`)} AS income, ${normalSql(15)} AS age, 'c' || floor(4 * ${noise(19)}) AS plan FROM range(7200) t(i)`,
  );

const of = (verdicts: readonly Verdict[], subject: string, rule = "drift") =>
  verdicts.find((verdict) => verdict.subject === subject && verdict.rule === rule);

test("a feature that moved and stayed fires, the others do not", { timeout: 20_000 }, async () => {
  const sources = {
    reference: files(await reference()),
    current: files(await log("moved.parquet", 0.5)),
  };
  const result = await runMonitor(monitor(), sources, null, START + 6 * DAY);
  expect(result.windows).toHaveLength(18);
  expect(of(result.verdicts, "income")).toMatchObject({
    level: "warning",
    firing: true,
    cause: "drift",
  });
  expect(of(result.verdicts, "income")?.since).toBe(START + 10 * 8 * HOUR);
  expect(of(result.verdicts, "age")).toMatchObject({ level: "ok", firing: false });
  expect(of(result.verdicts, "plan")).toMatchObject({ level: "ok", firing: false });
});

test("looking window by window gives the same Verdicts as looking once", {
  timeout: 30_000,
}, async () => {
  const sources = {
    reference: files(await reference()),
    current: files(await log("step.parquet", 0.5)),
  };
  const once = await runMonitor(monitor(), sources, null, START + 6 * DAY);
  let state = null;
  let last: readonly Verdict[] = [];
  for (let at = START + 8 * HOUR; at <= START + 6 * DAY; at += 8 * HOUR) {
    const look = await runMonitor(monitor({ window: "8h" }), sources, state, at);
    state = JSON.parse(JSON.stringify(look.state));
    last = look.verdicts;
  }
  // A rule that was broken and then kept again in earlier windows is told by the look that saw both.
  const newest = once.verdicts.filter(({ windowEnd }) => windowEnd === START + 6 * DAY);
  expect(newest.length).toBeGreaterThanOrEqual(5);
  expect(last).toEqual(newest);
});

test("a feed that is not there is quality, never drift", async () => {
  const sources = { reference: files(await reference()), current: files(join(dir, "nowhere")) };
  const { verdicts } = await runMonitor(monitor(), sources, null, START);
  expect(verdicts).toHaveLength(1);
  expect(verdicts[0]).toMatchObject({
    cause: "quality",
    rule: "feed",
    level: "critical",
    firing: true,
  });
});

test("no window has ended: the Monitor says that it cannot judge yet", async () => {
  const sources = {
    reference: files(await reference()),
    current: files(await log("early.parquet", 0)),
  };
  const { verdicts } = await runMonitor(monitor(), sources, null, START + HOUR);
  expect(verdicts).toMatchObject([{ level: "not_enough_data", firing: false }]);
});
