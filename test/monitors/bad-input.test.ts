import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseMonitor } from "../../src/monitors/monitor.ts";
import { runMonitor } from "../../src/monitors/run-monitor.ts";
import type { MonitorSources } from "../../src/monitors/sources.ts";
import type { MonitorState } from "../../src/monitors/state.ts";
import type { Verdict } from "../../src/monitors/verdict.ts";
import { noise, normalSql, writeTable } from "./tables.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const LIMIT = { timeout: 30_000 };
let dir = "";
let reference = "";

const files = (path: string) => ({ kind: "files", path }) as const;
const columns = `${normalSql(1)} AS income, CAST(floor(60 * ${noise(5)}) AS INTEGER) AS age, 'c' || floor(4 * ${noise(9)}) AS plan`;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "mlpipeline-bad-"));
  reference = await writeTable(
    join(dir, "reference.parquet"),
    `SELECT ${columns} FROM range(3000) t(i)`,
  );
}, 30_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const drift = parseMonitor({ id: "d", kind: "drift", model: "m", source: "log", reference: "r" });
const quality = parseMonitor({
  id: "q",
  kind: "quality",
  model: "m",
  source: "log",
  columns: { time: "time" },
});

/** One window of a day, the rows of a SELECT over `i`, into a dated folder. */
const window = async (
  name: string,
  select: string,
  rows = 600,
  day = 0,
  ending = "parquet",
): Promise<string> => {
  const date = new Date(START + day * DAY).toISOString().slice(0, 10);
  const at = `make_timestamp((${START} + ${day} * ${DAY} + i * ${DAY} // ${rows + 1}) * 1000) AS time`;
  await writeTable(
    join(dir, name, `date=${date}`, `part-0.${ending}`),
    `SELECT ${at}, ${select} FROM range(${rows}) t(i)`,
  );
  return join(dir, name);
};

const look = (
  monitor: typeof drift,
  current: string | MonitorSources["current"],
  now = START + DAY,
  state: MonitorState | null = null,
) =>
  runMonitor(
    monitor,
    {
      reference: files(reference),
      current: typeof current === "string" ? files(current) : current,
    },
    state,
    now,
  );

const causes = (verdicts: readonly Verdict[]) =>
  verdicts
    .filter(({ firing }) => firing)
    .map(({ cause, level, rule, subject }) => ({ cause, level, rule, subject }));
const driftFired = (verdicts: readonly Verdict[]) =>
  verdicts.filter((v) => v.firing && v.cause === "drift");

describe("a broken feed is told as such, never as drift", () => {
  test("a renamed column is missing, and the new name is told", LIMIT, async () => {
    const path = await window("renamed", columns.replace("AS income", "AS salary"));
    const { verdicts } = await look(quality, path);
    const missing = verdicts.find(({ subject }) => subject === "income");
    expect(missing).toMatchObject({
      cause: "quality",
      rule: "schema",
      level: "critical",
      firing: true,
    });
    expect(missing?.reasons.join(" ")).toContain("salary holds what income held");
    expect(causes((await look(drift, path)).verdicts)).toEqual([
      { cause: "quality", level: "critical", rule: "schema", subject: "income" },
    ]);
  });

  test("a column without any value inhibits its drift", LIMIT, async () => {
    const path = await window(
      "nulls",
      columns.replace(/^.* AS income/, "CAST(NULL AS DOUBLE) AS income"),
    );
    const { verdicts } = await look(drift, path);
    expect(causes(verdicts)).toEqual([
      { cause: "quality", level: "critical", rule: "null_rate", subject: "income" },
    ]);
  });

  test("missing values from none to ten per cent are a null rate", LIMIT, async () => {
    const some = columns.replace(
      /^(.*) AS income/,
      "CASE WHEN i % 10 = 0 THEN NULL ELSE $1 END AS income",
    );
    let state: MonitorState | null = null;
    let verdicts: readonly Verdict[] = [];
    await window("some", some, 600, 0);
    for (let day = 1; day <= 2; day++) {
      const path = await window("some", some, 600, day - 1);
      ({ state, verdicts } = await look(quality, path, START + day * DAY, state));
    }
    expect(causes(verdicts)).toEqual([
      { cause: "quality", level: "warning", rule: "null_rate", subject: "income" },
    ]);
  });

  test("numbers written as text, some of them words, are quality", LIMIT, async () => {
    const worded = `CASE WHEN i % 3 = 0 THEN 'n/a' ELSE CAST(${normalSql(1)} AS VARCHAR) END AS income, CAST(floor(60 * ${noise(5)}) AS VARCHAR) AS age, 'c' || floor(4 * ${noise(9)}) AS plan`;
    for (const ending of ["parquet", "csv"]) {
      const path = await window(`words-${ending}`, worded, 600, 0, ending);
      const { verdicts } = await look(drift, path);
      expect(causes(verdicts)).toEqual([
        { cause: "quality", level: "warning", rule: "not_numbers", subject: "income" },
      ]);
    }
  });

  test("NaN and infinite values are counted apart and told", LIMIT, async () => {
    const path = await window(
      "nan",
      columns.replace(
        /^(.*) AS income/,
        "CASE WHEN i % 50 = 0 THEN 'inf'::DOUBLE WHEN i % 50 = 1 THEN 'nan'::DOUBLE ELSE $1 END AS income",
      ),
    );
    const { verdicts } = await look(drift, path);
    expect(causes(verdicts)).toEqual([
      { cause: "quality", level: "warning", rule: "not_finite", subject: "income" },
    ]);
  });

  test(
    "a corrupt Parquet file is told, and the others are judged all the same",
    LIMIT,
    async () => {
      const path = await window("corrupt", columns);
      const whole = readFileSync(join(path, "date=2026-01-05", "part-0.parquet"));
      writeFileSync(
        join(path, "date=2026-01-05", "part-1.parquet"),
        whole.subarray(0, whole.length / 2),
      );
      const { verdicts, windows } = await look(drift, path);
      expect(windows.length).toBeGreaterThan(0);
      expect(causes(verdicts)).toEqual([
        { cause: "quality", level: "warning", rule: "feed", subject: "feed" },
      ]);
      expect(verdicts[0]?.reasons.join(" ")).toContain("part-1.parquet cannot be read");
    },
  );

  test(
    "a feed that cannot be read at all is critical, and resolves when it is back",
    LIMIT,
    async () => {
      mkdirSync(join(dir, "gone"));
      const broken = await look(drift, join(dir, "gone"));
      expect(causes(broken.verdicts)).toEqual([
        { cause: "quality", level: "critical", rule: "feed", subject: "feed" },
      ]);
      const path = await window("gone", columns);
      const back = await look(drift, path, START + DAY, broken.state);
      expect(causes(back.verdicts)).toEqual([]);
      expect(back.verdicts.find(({ rule }) => rule === "feed")).toMatchObject({
        level: "ok",
        firing: false,
      });
    },
  );

  test("a database that stops answering is a feed fault", LIMIT, async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      const source = {
        kind: "postgres",
        address: `postgres://me@127.0.0.1:${port}/db?table=log`,
        password: "secret-word",
      } as const;
      const { verdicts } = await look(drift, source);
      expect(causes(verdicts)).toEqual([
        { cause: "quality", level: "critical", rule: "feed", subject: "feed" },
      ]);
      expect(JSON.stringify(verdicts)).not.toContain("secret-word");
    } finally {
      server.close();
    }
  });

  test("the same rows given twice are told once and not judged", LIMIT, async () => {
    const folder = join(dir, "twice");
    const rows = `SELECT ${columns} FROM range(600) t(i)`;
    await writeTable(join(folder, "day-2026-01-05.csv"), rows);
    await writeTable(join(folder, "day-2026-01-06.csv"), rows);
    const { verdicts } = await look(drift, folder, START + 3 * DAY);
    expect(causes(verdicts)).toEqual([
      { cause: "quality", level: "warning", rule: "duplicate", subject: "feed" },
    ]);
    expect(verdicts.find(({ rule }) => rule === "drift")).toMatchObject({ inhibitedBy: "feed" });
  });

  test("a feed that stopped is stale, and fresh again when rows come", LIMIT, async () => {
    const path = await window("stale", columns);
    const stale = await look(quality, path, START + 4 * DAY);
    expect(causes(stale.verdicts)).toEqual([
      { cause: "quality", level: "critical", rule: "freshness", subject: "feed" },
    ]);
    await window("stale", columns, 600, 4);
    const fresh = await look(quality, path, START + 5 * DAY, stale.state);
    expect(fresh.verdicts.find(({ rule }) => rule === "freshness")).toMatchObject({
      level: "ok",
      firing: false,
    });
  });
});

describe("what cannot be judged is said", () => {
  test("one row, zero rows", LIMIT, async () => {
    for (const rows of [1, 0]) {
      const path = await window(`rows-${rows}`, columns, rows);
      const { verdicts, windows } = await look(drift, path);
      expect(windows).toEqual([]);
      expect(driftFired(verdicts)).toEqual([]);
      expect(verdicts[0]?.level).toBe("not_enough_data");
    }
  });

  test("no reference yet", LIMIT, async () => {
    const path = await window("alone", columns);
    const { verdicts } = await runMonitor(
      drift,
      { reference: null, current: files(path) },
      null,
      START + DAY,
    );
    expect(verdicts).toMatchObject([{ level: "not_enough_data", firing: false }]);
  });

  test("an empty file, and a file that is no table", LIMIT, async () => {
    const folder = join(dir, "junk");
    mkdirSync(folder);
    writeFileSync(join(folder, "a.csv"), "");
    writeFileSync(join(folder, "b.parquet"), "this is no Parquet");
    for (const monitor of [drift, quality]) {
      const { verdicts } = await look(monitor, folder);
      expect(causes(verdicts)).toEqual([
        { cause: "quality", level: "critical", rule: "feed", subject: "feed" },
      ]);
    }
  });

  test("a million categories are new values of a known column, not an endless table", {
    timeout: 60_000,
  }, async () => {
    const path = await window("many", columns.replace(/'c'.*$/, "'v' || i AS plan"), 1_000_000);
    const { verdicts } = await look(drift, path);
    const domain = verdicts.find(({ rule }) => rule === "domain");
    expect(domain).toMatchObject({ cause: "quality", subject: "plan", level: "warning" });
    expect(domain?.reasons[0]).toContain("100.0 %");
  });

  test(
    "JSON lines and text files with another order of columns are read alike",
    LIMIT,
    async () => {
      for (const ending of ["jsonl", "csv"]) {
        const path = await window(`alike-${ending}`, columns, 600, 0, ending);
        const { verdicts, windows } = await look(drift, path);
        expect(windows.length).toBeGreaterThan(0);
        expect(causes(verdicts)).toEqual([]);
      }
    },
  );
});
