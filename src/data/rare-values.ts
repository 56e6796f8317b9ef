import type { Dataset } from "./dataset.ts";
import { quoteId } from "./sql.ts";

/** Values per column that are held in memory; a column of free text may have as many as the dataset has rows. */
const PER_COLUMN = 200_000;

/**
 * Values that fewer than `fewerThan` rows hold, of all columns but the `hidden` fields, as text; null: all values. For comparison in
 * memory alone. At most 200,000 per column, the rarest first.
 */
export const rareValues = async (
  dataset: Dataset,
  hidden: readonly string[],
  fewerThan: number | null,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const { field } of dataset.columns) {
    if (hidden.includes(field)) continue;
    const id = quoteId(field);
    const having = fewerThan === null ? "" : `HAVING count(*) < ${fewerThan}`;
    const rows = await dataset.rows(
      `SELECT CAST(${id} AS VARCHAR) AS v FROM data WHERE ${id} IS NOT NULL GROUP BY v ${having} ORDER BY count(*), v LIMIT ${PER_COLUMN}`,
    );
    for (const [value] of rows) found.push(String(value));
  }
  return found;
};
