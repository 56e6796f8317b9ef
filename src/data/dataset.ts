import type { DuckDBConnection } from "@duckdb/node-api";
import type { ColumnFacts, Facts } from "../spec/facts.ts";
import type { Cell } from "./sql.ts";

export type ColumnType = ColumnFacts["type"];
export type DataFormat = Facts["profile"]["format"];
export type Assumption = Facts["assumptions"][number];

/** A column as people named it, the safe name it has in table `data`, and its type. */
export interface DataColumn {
  readonly name: string;
  readonly field: string;
  readonly type: ColumnType;
  /** How the source writes it, where it is not the plain way. */
  readonly written?: ColumnFacts["written"];
}

/**
 * A dataset in memory: table `data`, one column per field, rows in file order (`rowid`). Dates and timestamps are naive UTC.
 * No statement can reach files or the network any more. `close` frees it and may be called twice; after it nothing else may.
 */
export interface Dataset {
  readonly path: string;
  readonly format: DataFormat;
  /** utf-8, utf-8-bom, utf-16le, utf-16be, windows-1252, latin-1; binary for Parquet. */
  readonly encoding: string;
  readonly delimiter: string | null;
  readonly nullTokens: readonly string[];
  readonly bytes: number;
  readonly rowCount: number;
  readonly columns: readonly DataColumn[];
  /** What was taken for granted while reading. */
  readonly assumptions: readonly Assumption[];
  readonly connection: DuckDBConnection;
  /** A folder that goes with `close`; nothing else can be written. */
  readonly scratch: string;
  readonly rows: (sql: string) => Promise<readonly (readonly Cell[])[]>;
  readonly close: () => void;
}
