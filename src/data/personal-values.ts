import type { Dataset } from "./dataset.ts";
import { quoteId } from "./sql.ts";

/** Values per personal column that are looked for: enough to find a column that slipped through, few enough to look everywhere. */
const PER_COLUMN = 300;

/**
 * Values of personal columns, to be looked for in what must not hold them: a fixed choice spread over each column by a hash. They are
 * for comparison in memory alone.
 */
export const personalValues = async (
  dataset: Dataset,
  personal: readonly string[],
  perColumn = PER_COLUMN,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const { field, name } of dataset.columns) {
    if (!personal.includes(name)) continue;
    const id = quoteId(field);
    const rows = await dataset.rows(
      `SELECT v FROM (SELECT DISTINCT CAST(${id} AS VARCHAR) AS v FROM data WHERE ${id} IS NOT NULL) ORDER BY md5(v) LIMIT ${perColumn}`,
    );
    found.push(...rows.map(([value]) => String(value)));
  }
  return found;
};
