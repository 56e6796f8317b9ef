import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";
import { openDataset } from "../../src/data/open.ts";
import { measureProfile } from "../../src/data/profile.ts";
import { writeSample } from "../../src/data/sample.ts";
import { takeSnapshot } from "../../src/data/snapshot.ts";
import { sha256 } from "../../src/lib/hash.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-keep-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let ids = 0;
const newId = () => `id${ids++}`;
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const use = async <T>(path: string, work: (dataset: Dataset) => Promise<T>): Promise<T> => {
  const dataset = await openDataset({ path });
  return work(dataset).finally(dataset.close);
};
const readBack = async (bytes: Uint8Array, sql: string) => {
  const path = join(folder, `back${ids++}.parquet`);
  writeFileSync(path, bytes);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql.replace("SAMPLE", `'${path}'`))).getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
};

test("a snapshot lies under its hash, equals the source, and is taken once", async () => {
  const path = write("a.csv", "a,b\n1,2\n");
  const home = join(folder, "home");
  const first = await takeSnapshot(path, home, newId);
  expect(first).toMatchObject({ sha256: sha256("a,b\n1,2\n"), bytes: 8 });
  expect(readFileSync(first.path, "utf8")).toBe("a,b\n1,2\n");
  expect(await takeSnapshot(path, home, newId)).toEqual(first);
  expect(readdirSync(join(home, "snapshots"))).toEqual([first.sha256]);
});

test("a snapshot that is there is never written over", async () => {
  const path = write("b.csv", "a,b\n3,4\n");
  const home = join(folder, "kept");
  const { path: kept } = await takeSnapshot(path, home, newId);
  writeFileSync(kept, "marked");
  await takeSnapshot(path, home, newId);
  expect(readFileSync(kept, "utf8")).toBe("marked");
});

test("a sample keeps names, types and order, drops personal columns, and has the same bytes each time", async () => {
  const lines = Array.from(
    { length: 30 },
    (_, n) => `${n},p${n}@example.org,2020-01-${String(n + 1).padStart(2, "0")}`,
  );
  const path = write("c.csv", `Row No,Mail,When it was\n${lines.join("\n")}\n`);
  const [first, second] = [
    await use(path, (data) => writeSample(data, ["Mail"])),
    await use(path, (data) => writeSample(data, ["Mail"])),
  ];
  expect(Buffer.compare(first, second)).toBe(0);
  expect(Buffer.from(first).includes("example.org")).toBe(false);
  const described = await readBack(
    first,
    "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM SAMPLE)",
  );
  expect(described).toEqual([
    ["Row No", "BIGINT"],
    ["When it was", "DATE"],
  ]);
  expect(await readBack(first, 'SELECT list("Row No") FROM SAMPLE')).toEqual([
    [Array.from({ length: 30 }, (_, n) => String(n))],
  ]);
});

test("a sample of a larger file is spread evenly over it", async () => {
  const path = write(
    "d.csv",
    `n,k\n${Array.from({ length: 50_000 }, (_, n) => `${n},k`).join("\n")}\n`,
  );
  const sample = await use(path, (data) => writeSample(data, []));
  const [[rows, low, high, gap] = []] = await readBack(
    sample,
    "SELECT count(*)::INT, min(n)::INT, max(n)::INT, max(step)::INT FROM (SELECT n, n - lag(n) OVER (ORDER BY n) AS step FROM SAMPLE)",
  );
  expect(rows).toBeLessThanOrEqual(20_000);
  expect(rows).toBeGreaterThan(19_900);
  expect(low).toBeLessThan(5);
  expect(high).toBeGreaterThan(49_990);
  expect(gap).toBeLessThanOrEqual(3);
});

test.each([
  ["email", "contact", (n: number) => `p${n}@example.org`],
  ["email", "E-Mail", (n: number) => `x${n}`],
  ["phone", "phoneNumber", (n: number) => `${5550000 + n}`],
  ["phone", "reach", (n: number) => `+49 30 ${1000000 + n}`],
  ["name", "last_name", (n: number) => `N${n}`],
  ["address", "place", (n: number) => `${n + 1} Main Street`],
  ["id", "customer_id", (n: number) => `C${n}`],
  ["id", "SSN", (n: number) => `${100 + n}-22-3333`],
  [null, "airport_name", (n: number) => ["Berlin Tegel", "Paris Orly", "San Diego"][n % 3] ?? ""],
  [null, "species", (n: number) => ["Rock pigeon", "Barn owl", "Mourning dove"][n % 3] ?? ""],
  [null, "order_id", (n: number) => `O${n}`],
])("personal data of kind %s is suspected in column %s", async (kind, name, value) => {
  const path = write(
    `p${ids++}.csv`,
    `"${name}",k\n${Array.from({ length: 60 }, (_, n) => `"${value(n)}",k`).join("\n")}\n`,
  );
  const [column] = (await use(path, (data) => measureProfile(data, []))).columns;
  expect(column?.personal).toBe(kind);
  if (kind !== null) expect(column).not.toHaveProperty("top");
});
