import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { joinSources } from "../../src/data/join.ts";
import { openDataset } from "../../src/data/open.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-join-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const open = (text: string): Promise<Dataset> => {
  const path = join(folder, `j${files++}.csv`);
  writeFileSync(path, text);
  return openDataset({ path });
};
const day = (n: number): string =>
  new Date(Date.UTC(2024, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);

/** Joins two CSV texts and gives the rows of the result as text, and what was said about the source. */
const joined = async (
  base: string,
  other: string,
  key: readonly string[],
  eventTime: string | null,
  baseTime = "auto",
) => {
  const [left, right] = [await open(base), await open(other)];
  const file = join(folder, `out${files++}.parquet`);
  try {
    const [said] = await joinSources(
      left,
      baseTime,
      [{ name: "src", dataset: right, key, eventTime }],
      file,
    );
    const table = await openDataset({ path: file });
    const names = table.columns.map(({ name }) => name);
    const rows = await table.rows(
      `SELECT ${table.columns.map(({ field }) => `CAST("${field}" AS VARCHAR)`).join(", ")} FROM data ORDER BY rowid`,
    );
    table.close();
    return { said, names, rows };
  } finally {
    left.close();
    right.close();
  }
};

test("no row of a later moment is ever joined, and always the latest of the earlier ones", async () => {
  const event = fc.record({
    k: fc.integer({ min: 0, max: 3 }),
    t: fc.integer({ min: 0, max: 40 }),
  });
  const rows = fc.array(event, { minLength: 2, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows, rows, async (base, other) => {
      const left = `id,k,t\n${base.map(({ k, t }, n) => `${n},${k},${day(t)}`).join("\n")}\n`;
      const right = `k,t,v\n${other.map(({ k, t }, n) => `${k},${day(t)},v${n}`).join("\n")}\n`;
      const { rows: found, said } = await joined(left, right, ["k"], "t");
      const expected = base.map(({ k, t }, n) => {
        const known = other
          .map((row, place) => ({ ...row, place }))
          .filter((row) => row.k === k && row.t <= t)
          .sort((a, b) => b.t - a.t || b.place - a.place);
        return [String(n), String(k), day(t), known[0] ? `v${known[0].place}` : null];
      });
      expect(found).toEqual(expected);
      expect(said?.matched).toBe(expected.filter((row) => row[3] !== null).length);
    }),
    { numRuns: 25 },
  );
}, 120_000);

describe("a source without an event time", () => {
  const base = "id,shop\n1,a\n2,b\n3,z\n";
  test("is a table of what is always known", async () => {
    const { names, rows, said } = await joined(
      base,
      "Shop,size,id\nb,20,7\na,10,8\n",
      ["shop"],
      null,
    );
    expect(names).toEqual(["id", "shop", "src.size", "src.id"]);
    expect(rows).toEqual([
      ["1", "a", "10", "8"],
      ["2", "b", "20", "7"],
      ["3", "z", null, null],
    ]);
    expect(said).toMatchObject({ matched: 2, rows: 2 });
  });

  test.each([
    ["whose key repeats", "shop,size\na,1\na,2\n", ["shop"], "SOURCE_KEY_REPEATS"],
    ["without a key", "shop,size\na,1\n", [], "SOURCE_KEY_MISSING"],
    ["whose key is no column of it", "store,size\na,1\n", ["shop"], "SOURCE_COLUMN_UNKNOWN"],
  ])("%s is refused: %s", async (_, other, key, code) => {
    await expect(joined(base, other, key, null)).rejects.toMatchObject({ code, kind: "input" });
  });
});

test("by time alone, the moment being what is at or before the row's own", async () => {
  const { rows } = await joined(
    "id,t\n1,2024-01-02\n2,2024-01-05\n3,2023-12-31\n",
    "at,rain\n2024-01-05,y\n2024-01-01,n\n",
    [],
    "at",
  );
  expect(rows.map((row) => row[2])).toEqual(["n", "y", null]);
});

test("two dates in the first source and none named is refused, a named one is taken", async () => {
  const base = "id,t,u\n1,2024-01-02,2024-02-02\n";
  const other = "at,v\n2024-01-15,x\n";
  await expect(joined(base, other, [], "at")).rejects.toMatchObject({
    code: "SOURCE_TIME_UNKNOWN",
  });
  expect((await joined(base, other, [], "at", "t")).rows[0]?.[3]).toBeNull();
  expect((await joined(base, other, [], "at", "u")).rows[0]?.[3]).toBe("x");
});

test("numbers match as numbers, labels as they are written", async () => {
  const { rows } = await joined("id,k\n1,1\n2,2\n", "k,v\n1.0,x\n2.0,y\n", ["k"], null);
  expect(rows.map((row) => row[2])).toEqual(["x", "y"]);
  const labels = await joined("id,k\n1,01\n2,1\n", "k,v\n01,x\n", ["k"], null);
  expect(labels.rows.map((row) => row[2])).toEqual(["x", null]);
});
