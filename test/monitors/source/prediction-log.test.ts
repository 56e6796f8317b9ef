import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Duck, openDuck } from "../../../src/data/duck.ts";
import { parseMonitor } from "../../../src/monitors/monitor.ts";
import { runMonitor } from "../../../src/monitors/run-monitor.ts";
import { openRelation } from "../../../src/monitors/source/open-relation.ts";
import { normalSql, writeTable } from "../tables.ts";

const PATIENCE = 30_000;
const DAY = 86_400_000;
const FIRST = Date.parse("2026-05-01T00:00:00Z");

let dir: string;
let duck: Duck;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "mlpipeline-log-"));
  duck = await openDuck({ memoryMb: 256, threads: 1 });
});
afterAll(() => {
  duck.close();
  rmSync(dir, { recursive: true, force: true });
});

const HEAD =
  "uuid()::VARCHAR AS prediction_id, TIMESTAMPTZ '2026-05-01 00:00:00Z' + INTERVAL (i * 60) SECOND AS time, '3' AS model_version, 0.5 AS score, '1' AS label";
const JSON_ROW = `to_json({amount: CASE WHEN i % 2 = 0 THEN 2.5 ELSE 3 END, kind: CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END, open: i % 2 = 0, mail: NULL, score: 9})`;

const log = async (name: string, features: string, rows = 300) => {
  const path = join(dir, name);
  for (const day of [0, 1])
    await writeTable(
      join(path, `date=2026-05-0${day + 1}`, "part-1.parquet"),
      `SELECT ${HEAD}, ${features} AS features FROM range(${rows}) t(i)`,
    );
  const { faults, relation } = await openRelation(duck, { kind: "files", path });
  expect(faults).toEqual([]);
  if (relation === null) throw new Error("the log was not opened");
  return relation;
};

const OWN = ["prediction_id", "time", "model_version", "score", "label"];

test(
  "a log with its features as JSON text is read with a column per feature, and the log's own columns win",
  async () => {
    const relation = await log("json", `CAST(${JSON_ROW} AS VARCHAR)`);
    expect([...relation.columns.keys()]).toEqual([...OWN, "amount", "kind", "open", "mail"]);
    expect(relation.columns.get("amount")).toBe("DOUBLE");
    expect(relation.columns.get("kind")).toBe("VARCHAR");
    expect(relation.columns.get("open")).toBe("BOOLEAN");
    const [row] = await duck.rows(
      `SELECT count(*), sum(amount), count(*) FILTER (kind = 'a'), count(*) FILTER (open), count(mail), max(score) FROM ${relation.from()}`,
    );
    expect(row?.map(Number)).toEqual([600, 1650, 200, 300, 0, 0.5]);
  },
  PATIENCE,
);

test(
  "a log with its features as a struct keeps their types, and one file of it can be read alone",
  async () => {
    const relation = await log("struct", "{amount: i * 0.5, kind: 'a', code: i::INTEGER}");
    expect([...relation.columns.keys()]).toEqual([...OWN, "amount", "kind", "code"]);
    expect(relation.columns.get("code")).toBe("INTEGER");
    const [file] = relation.files;
    const [row] = await duck.rows(
      `SELECT count(*), max(code) FROM ${relation.from({ files: file ? [file] : [] })} WHERE amount > 1`,
    );
    expect(row?.map(Number)).toEqual([297, 299]);
  },
  PATIENCE,
);

test(
  "text that is no JSON is a row without features, NaN is a number, and text alone stays a column",
  async () => {
    const odd = await log(
      "odd",
      `CASE WHEN i % 3 = 0 THEN '{"amount": 1.5}' WHEN i % 3 = 1 THEN '{"amount": NaN}' ELSE 'cut {"am' END`,
    );
    expect(odd.columns.get("amount")).toBe("DOUBLE");
    const [row] = await duck.rows(
      `SELECT count(*), count(amount), count(*) FILTER (isnan(amount)) FROM ${odd.from()}`,
    );
    expect(row?.map(Number)).toEqual([600, 400, 200]);
    const plain = await log("plain", "'none'");
    expect(plain.columns.get("features")).toBe("VARCHAR");
  },
  PATIENCE,
);

test(
  "drift in one feature of a log that keeps its features together is found by its name",
  async () => {
    const reference = await writeTable(
      join(dir, "reference.parquet"),
      `SELECT ${normalSql(1)} AS amount, ${normalSql(5)} AS weight, CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END AS kind FROM range(4000) t(i)`,
    );
    const path = join(dir, "drifted");
    for (const day of [0, 1, 2])
      await writeTable(
        join(path, `date=2026-05-0${day + 1}`, "part.parquet"),
        `SELECT uuid()::VARCHAR AS prediction_id, make_timestamptz((${FIRST + day * DAY} + i * 60000) * 1000) AS time, '3' AS model_version, 0.5 AS score, CAST(to_json({amount: ${normalSql(20 + day, "0.6")}, weight: ${normalSql(40 + day)}, kind: CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END}) AS VARCHAR) AS features FROM range(1440) t(i)`,
      );
    const monitor = parseMonitor({
      id: "m-drift",
      kind: "drift",
      model: "m",
      source: path,
      reference,
      columns: { id: "prediction_id", time: "time", version: "model_version", score: "score" },
      features: [
        { field: "amount", kind: "numeric" },
        { field: "weight", kind: "numeric" },
        { field: "kind", kind: "categorical" },
      ],
    });
    const result = await runMonitor(
      monitor,
      {
        current: { kind: "files", path },
        reference: { kind: "files", path: reference },
      },
      null,
      FIRST + 3 * DAY,
    );
    expect(result.verdicts.filter(({ firing }) => firing).map(({ subject }) => subject)).toEqual([
      "amount",
    ]);
  },
  PATIENCE,
);
