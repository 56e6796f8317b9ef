import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/open.ts";
import { type DataQuery, openQuery } from "../../src/data/query.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-query-"));
const opened: { dataset?: Dataset; query?: DataQuery } = {};
const query = (): DataQuery => {
  if (!opened.query) throw new Error("not open");
  return opened.query;
};
beforeAll(async () => {
  const path = join(folder, "people.csv");
  const lines = Array.from(
    { length: 500 },
    (_, n) => `p${n}@example.org,${n},${n % 3 === 0 ? "" : "x"}`,
  );
  writeFileSync(path, `email,n,s\n${lines.join("\n")}\n`);
  opened.dataset = await openDataset({ path });
  opened.query = await openQuery(opened.dataset, ["email"]);
});
afterAll(() => {
  opened.query?.close();
  opened.dataset?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a SELECT is answered with cells as text, missing ones as null", async () => {
  expect(await query().run("SELECT n, s FROM data ORDER BY n LIMIT 2")).toEqual({
    columns: ["n", "s"],
    rows: [
      ["0", null],
      ["1", "x"],
    ],
    truncated: false,
  });
});

test("more rows than the limit are cut, and that is said", async () => {
  const answer = await query().run("SELECT n FROM data", { rows: 10 });
  expect(answer.rows).toHaveLength(10);
  expect(answer.truncated).toBe(true);
});

describe("is refused", () => {
  test.each([
    ["a hidden column", "SELECT email FROM data"],
    ["two statements", "SELECT 1; SELECT 2"],
    ["nothing", "   "],
    ["a change", "DELETE FROM data"],
    ["a new table", "CREATE TABLE t AS SELECT 1"],
    ["a setting", "SET memory_limit = '9GB'"],
    ["an export", "COPY data TO '/tmp/out.csv'"],
    ["another database", "ATTACH '/tmp/x.db'"],
    ["a file", "SELECT * FROM read_text('/etc/hostname')"],
    ["a file by its name", "SELECT * FROM '/etc/passwd'"],
    ["a listing of files", "SELECT * FROM glob('/*')"],
    ["an extension", "INSTALL httpfs"],
    ["a mistake", "SELEC n FROM data"],
  ])("%s", async (_, sql) => {
    await expect(query().run(sql)).rejects.toMatchObject({ code: "QUERY_REFUSED", kind: "input" });
  });
});

test("hidden columns are in no catalogue and in no whole row", async () => {
  const catalogue = await query().run("SELECT column_name FROM information_schema.columns");
  const whole = await query().run("SELECT * FROM data LIMIT 1");
  expect(JSON.stringify([catalogue, whole])).not.toMatch(/email|@/);
});

test("a query past its time is stopped, and the next one is answered", async () => {
  const long =
    "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3";
  await expect(query().run(long, { timeMs: 200 })).rejects.toThrow("longer than 200 ms");
  expect((await query().run("SELECT count(*) FROM data")).rows).toEqual([["500"]]);
});
