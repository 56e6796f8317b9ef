import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Cell, quoteText } from "./sql.ts";

/** One in-memory database with one connection. `close` may be called twice. */
export interface Duck {
  readonly connection: DuckDBConnection;
  readonly rows: (sql: string) => Promise<readonly (readonly Cell[])[]>;
  /** A folder of its own, removed by `close`; the only place that can still be written once it is locked. */
  readonly scratch: string;
  /** From here on no other file, no network, no extension and no setting can be reached. */
  readonly lock: () => Promise<void>;
  readonly close: () => void;
}

/** Opens an empty database in memory; `memoryMb` is its limit, larger work spills into a temporary folder that `close` removes. */
export const openDuck = async (limits: {
  readonly memoryMb: number;
  readonly threads: number;
}): Promise<Duck> => {
  // Loaded when data is opened: most commands open none, and it takes a sixth of the time until they answer.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const spill = mkdtempSync(join(tmpdir(), "mlpipeline-duck-"));
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(limits.threads),
    memory_limit: `${limits.memoryMb}MB`,
    temp_directory: spill,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  let open = true;
  return {
    connection,
    scratch: spill,
    rows: async (sql) =>
      (await connection.runAndReadAll(sql)).getRowsJson() as readonly (readonly Cell[])[],
    lock: async () => {
      await connection.run(`SET allowed_directories = [${quoteText(`${spill}/`)}]`);
      await connection.run("SET enable_external_access = false");
      await connection.run("SET lock_configuration = true");
    },
    close: () => {
      if (!open) return;
      open = false;
      connection.closeSync();
      instance.closeSync();
      rmSync(spill, { recursive: true, force: true });
    },
  };
};
