import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/open.ts";
import { type DataQuery, openQuery } from "../../src/data/query.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-aggregates-"));
const opened: { dataset?: Dataset; query?: DataQuery } = {};
const ask = async (sql: string) => {
  if (!opened.query) throw new Error("not open");
  return (await opened.query.runAggregates(sql)).rows;
};

// 300 rows: three sites of 150, 145 and 5 rows; one row alone has the pay 987654.
beforeAll(async () => {
  const path = join(folder, "pay.csv");
  const lines = Array.from({ length: 300 }, (_, n) => {
    const site = n < 150 ? "north" : n < 295 ? "south" : "quarry";
    return `${n},p${n}@example.org,${site},${n === 7 ? 987654 : 100 + (n % 10)},${n < 290 ? "" : "4"},2024-0${1 + (n % 3)}-15`;
  });
  writeFileSync(path, `num,email,site,pay,bonus,day\n${lines.join("\n")}\n`);
  opened.dataset = await openDataset({ path });
});
beforeEach(async () => {
  if (opened.dataset) opened.query = await openQuery(opened.dataset, ["email"]);
  return () => opened.query?.close();
});
afterAll(() => {
  opened.dataset?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a grouped question is answered by groups of ten rows or more, by place and by name", async () => {
  expect(
    await ask("SELECT month(day) AS m, count(*) n FROM data GROUP BY m ORDER BY n, 1"),
  ).toEqual([
    ["1", "100"],
    ["2", "100"],
    ["3", "100"],
  ]);
  expect(
    await ask(
      "SELECT count(*), round(avg(pay) / 2, 1) FROM data d WHERE d.site = 'south' OR site = 'north' HAVING count(*) > 3",
    ),
  ).toEqual([]);
  expect(await ask("SELECT count(*) AS rows FROM data")).toEqual([["300"]]);
});

test("a small group is left out, and with it the next, so that the rest cannot be had by subtraction", async () => {
  expect(await ask("SELECT site, count(*), avg(pay) FROM data GROUP BY site")).toEqual([
    ["north", "150", expect.any(String)],
  ]);
});

test("an aggregate of fewer than ten values, and a quantile with fewer than ten beyond it, is left out", async () => {
  expect(await ask("SELECT month(day), avg(bonus) FROM data GROUP BY 1")).toEqual([]);
  expect(await ask("SELECT quantile_cont(pay, 0.99) FROM data")).toEqual([]);
  expect(await ask("SELECT quantile_cont(pay, 0.95), median(pay) FROM data")).toHaveLength(1);
});

test("an answer that differs from an earlier one by fewer than ten rows is left out", async () => {
  expect(await ask("SELECT sum(pay) FROM data WHERE num < 200")).toHaveLength(1);
  expect(await ask("SELECT sum(pay) FROM data WHERE num < 200 AND num <> 7")).toEqual([]);
  expect(await ask("SELECT sum(pay) FROM data WHERE num <> 7")).toEqual([]);
  expect(await ask("SELECT num < 199 AS k, sum(pay) FROM data GROUP BY k")).toHaveLength(0);
  expect(await ask("SELECT sum(pay) FROM data WHERE num < 180")).toHaveLength(1);
});

test("no row comes out by asking for each, and there is an end to asking", async () => {
  const answers: string[] = [];
  const questions = Array.from({ length: 60 }, (_, at) => [
    `SELECT sum(pay), count(*) FROM data WHERE num = ${at % 30}`,
    `SELECT sum(pay) FROM data WHERE num <= ${150 - at}`,
    `SELECT num > ${150 - at} AS later, sum(pay) FROM data GROUP BY later`,
  ]).flat();
  for (const sql of questions) answers.push(String(await ask(sql).catch(String)));
  const sums = answers.filter((answer) => /\d{5}/.test(answer));
  expect(answers.join(" ")).not.toContain("987654");
  expect(sums.length).toBeGreaterThan(3);
  expect(sums.length).toBeLessThanOrEqual(12);
  expect(answers.at(-1)).toContain("100 different questions were asked");
}, 60_000);

describe("is refused", () => {
  test.each([
    ["single rows", "SELECT * FROM data"],
    ["a column", "SELECT pay FROM data"],
    ["the greatest value", "SELECT max(pay) FROM data"],
    ["the least value", "SELECT min(pay) FROM data GROUP BY site"],
    ["a first value", "SELECT first(pay) FROM data"],
    ["a value where another is greatest", "SELECT arg_max(site, pay) FROM data"],
    ["a list", "SELECT list(pay) FROM data"],
    ["a joined text", "SELECT string_agg(site, ',') FROM data"],
    ["a quantile at the end", "SELECT quantile_cont(pay, 1.0) FROM data"],
    ["several quantiles at once", "SELECT quantile_cont(pay, [0.0, 1.0]) FROM data"],
    ["a FILTER", "SELECT sum(pay) FILTER (num = 7) FROM data"],
    ["a condition in an aggregate", "SELECT sum(CASE WHEN num = 7 THEN pay END) FROM data"],
    ["a product that picks a row", "SELECT sum(pay * CAST(num = 7 AS INT)) FROM data"],
    ["a window", "SELECT pay, row_number() OVER () FROM data"],
    ["a scalar subquery", "SELECT (SELECT max(pay) FROM data), count(*) FROM data"],
    ["a subquery in WHERE", "SELECT count(*) FROM data WHERE pay = (SELECT max(pay) FROM data)"],
    ["a subquery", "SELECT count(*) FROM (SELECT * FROM data LIMIT 1)"],
    ["WITH", "WITH x AS (SELECT * FROM data) SELECT count(*) FROM x"],
    [
      "a recursion",
      "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x) SELECT count(*) FROM x",
    ],
    ["a union", "SELECT count(*) FROM data UNION SELECT max(pay) FROM data"],
    ["a join", "SELECT count(*) FROM data a, data b"],
    ["a sample", "SELECT avg(pay) FROM data USING SAMPLE 1"],
    ["DISTINCT", "SELECT DISTINCT site FROM data"],
    ["QUALIFY", "SELECT site, count(*) FROM data GROUP BY site QUALIFY 1 = 1"],
    ["grouping sets", "SELECT site, count(*) FROM data GROUP BY ROLLUP (site)"],
    ["the hidden column", "SELECT count(email) FROM data"],
    ["a file", "SELECT count(*) FROM read_text('/etc/hostname')"],
    ["a file by its name", "SELECT count(*) FROM '/etc/passwd'"],
    ["a catalogue", "SELECT count(*) FROM information_schema.columns"],
    ["a listing", "SELECT count(*), getenv('HOME') FROM data"],
    ["chance", "SELECT site, count(*) FROM data GROUP BY site, random() < 0.5"],
    ["a sleep", "SELECT count(*) FROM range(1000000000000)"],
    ["two statements", "SELECT count(*) FROM data; SELECT count(*) FROM data"],
    ["a change", "DELETE FROM data"],
    ["a setting", "SET memory_limit = '9GB'"],
    ["an export", "COPY data TO '/tmp/out.csv'"],
    ["a plan that runs", "EXPLAIN ANALYZE SELECT count(*) FROM data"],
    ["nothing", " "],
  ])("%s", async (_, sql) => {
    await expect(ask(sql)).rejects.toMatchObject({ code: "QUERY_REFUSED", kind: "input" });
  });
});

test("a cast that fails gives no value, and an error of a function names no cell", async () => {
  expect(await ask("SELECT CAST(site AS INT), count(*) FROM data GROUP BY 1")).toEqual([
    [null, "300"],
  ]);
  const error = await ask("SELECT count(*) FROM data WHERE ln(-pay) > 0").catch(String);
  expect(String(error)).toContain("a function failed on some value");
  expect(String(error)).not.toMatch(/10\d|987654/);
});
