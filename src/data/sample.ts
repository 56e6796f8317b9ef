import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DataColumn, Dataset } from "./dataset.ts";
import { quoteId, quoteText } from "./sql.ts";

const MOST_ROWS = 20_000;

/**
 * The sample that goes into the repository, as Parquet bytes: at most 20,000 rows, evenly spread over the file's order (every row
 * when there are fewer), typed, under the columns' original names (under the field where a name occurs twice), without the columns
 * of `personal`. The same dataset gives the same bytes.
 */
export const writeSample = async (
  dataset: Dataset,
  personal: readonly string[],
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
  const step = Math.max(1, dataset.rowCount / MOST_ROWS);
  const rows = `SELECT ${columns.join(", ")} FROM data WHERE floor(rowid / ${step}) > floor((rowid - 1) / ${step}) OR rowid = 0 ORDER BY rowid`;
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
