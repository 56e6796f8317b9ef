import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DataColumn, Dataset } from "./dataset.ts";
import { quoteId, quoteText } from "./sql.ts";

const MOST_ROWS = 20_000;

/** Personal columns whose rows belong together, and the key under which their values are hashed. */
export interface Pseudonyms {
  readonly columns: readonly string[];
  readonly key: string;
}

/** Of a personal column in the sample: its field with this ending holds keyed hashes, so that its groups survive and its values do not. */
export const PSEUDONYM = "__pseudonym";

/** How many rows of a dataset go into its sample. */
export const sampleRows = (rows: number): number => Math.min(rows, MOST_ROWS);

/**
 * The sample that goes into the repository, as Parquet bytes: at most 20,000 rows, evenly spread over the file's order (every row
 * when there are fewer), typed, under the columns' original names (under the field where a name occurs twice), without the columns
 * of `personal`; those of `pseudonyms` come as keyed hashes. The same dataset and key give the same bytes.
 */
export const writeSample = async (
  dataset: Dataset,
  personal: readonly string[],
  pseudonyms: Pseudonyms = { columns: [], key: "" },
): Promise<Uint8Array> => {
  const seen = new Set<string>();
  const shown = (column: DataColumn): string => {
    const name = seen.has(column.name.toLowerCase()) ? column.field : column.name;
    seen.add(column.name.toLowerCase());
    return name;
  };
  const columns = dataset.columns
    .filter((column) => !personal.includes(column.name))
    .map((column) => `${quoteId(column.field)} AS ${quoteId(shown(column))}`);
  const hashed = dataset.columns
    .filter(({ name }) => personal.includes(name) && pseudonyms.columns.includes(name))
    .map(
      ({ field }) =>
        `left(sha256(${quoteText(pseudonyms.key)} || ':' || CAST(${quoteId(field)} AS VARCHAR)), 16) AS ${quoteId(`${field}${PSEUDONYM}`)}`,
    );
  const step = Math.max(1, dataset.rowCount / MOST_ROWS);
  const rows = `SELECT ${[...columns, ...hashed].join(", ")} FROM data WHERE floor(rowid / ${step}) > floor((rowid - 1) / ${step}) OR rowid = 0 ORDER BY rowid`;
  const file = join(dataset.scratch, "sample.parquet");
  await dataset.connection.run(
    `COPY (${rows}) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  try {
    return await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
};
