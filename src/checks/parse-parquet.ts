import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../lib/errors.ts";
import { blocks, defineCheck, resultOf } from "./define.ts";
import type { Finding, GivenLevel } from "./types.ts";

const ID = "parse-parquet";
const MAGIC = "PAR1";

const textAt = (bytes: Uint8Array, start: number, end?: number): string =>
  new TextDecoder("latin1").decode(bytes.subarray(start, end));

/** Rows of one Parquet file, read by DuckDB with nothing else within its reach. */
const countRows = async (bytes: Uint8Array): Promise<number> => {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const folder = await mkdtemp(join(tmpdir(), "mlpipeline-parquet-"));
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await writeFile(join(folder, "file.parquet"), bytes);
    const reader = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER AS n FROM read_parquet('${join(folder, "file.parquet").replaceAll("'", "''")}')`,
    );
    return Number(reader.getRows()[0]?.[0] ?? 0);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
};

const examine = async (path: string, bytes: Uint8Array): Promise<Finding | null> => {
  if (textAt(bytes, 0, 4) !== MAGIC || textAt(bytes, -4) !== MAGIC)
    return blocks(ID, path, null, "is not a Parquet file: PAR1 is missing at its start or end");
  const rows = await countRows(bytes).catch((error: unknown) => messageOf(error));
  if (typeof rows === "string")
    return blocks(ID, path, null, `cannot be read: ${rows.slice(0, 200)}`);
  return rows > 0 ? null : blocks(ID, path, null, "has no rows");
};

/** Parquet files open and have rows. */
export const parseParquet = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const findings: Finding[] = [];
    const levels: GivenLevel[] = [];
    for (const path of input.own.filter((one) => one.endsWith(".parquet"))) {
      const finding = await examine(path, input.files.bytes(path) ?? new Uint8Array());
      if (finding) findings.push(finding);
      levels.push({ path, level: "compiled", by: { check: ID, tool: "duckdb", version: "1.5" } });
    }
    return resultOf(ID, { findings, levels });
  },
});
