import type { Duck } from "../../data/duck.ts";
import { quoteId, toCount } from "../../data/sql.ts";
import type { Batch } from "../profile/numeric-counter.ts";
import { asNumber, isNumberType } from "./column-sql.ts";
import type { SourceFile } from "./data-source.ts";
import type { Relation } from "./relation.ts";
import { scanDoubles } from "./scan.ts";

/** Which rows are meant: SQL of a condition, and the files that can hold them. */
export interface RowScope {
  readonly where: string;
  readonly files?: readonly SourceFile[] | undefined;
}

export const ALL_ROWS: RowScope = { where: "true" };

/** Rows to select from: the FROM clause with the type that each column then has. */
export interface Selected {
  readonly from: string;
  readonly typeOf: (column: string) => string;
}

/**
 * Does `work` on the rows as typed; where a value does not fit the type, again on all columns as text. Throws what the second try throws.
 * Numbers written as text are thus counted, never an end of the check.
 */
export const withTypes = async <T>(
  relation: Relation,
  scope: RowScope,
  types: ReadonlyMap<string, string>,
  work: (selected: Selected) => Promise<T>,
): Promise<T> => {
  const files = scope.files ? { files: scope.files } : {};
  const where = scope.where === "true" ? "" : ` WHERE ${scope.where}`;
  try {
    const typed = new Map([...types].filter(([name]) => relation.columns.has(name)));
    const fixed = relation.format === "csv" ? typed : new Map<string, string>();
    return await work({
      from: `${relation.from({ ...files, types: fixed })}${where}`,
      typeOf: (column) => fixed.get(column) ?? relation.columns.get(column) ?? "VARCHAR",
    });
  } catch (error) {
    if (relation.format === "parquet") throw error;
    return await work({
      from: `${relation.from({ ...files, lenient: true })}${where}`,
      typeOf: () => "VARCHAR",
    });
  }
};

/** Streams columns as doubles: `add(place, batch)`. Result: per column, how many values are text that is no number. */
export const readDoubles = async (
  duck: Duck,
  { from, typeOf }: Selected,
  columns: readonly string[],
  add: (place: number, batch: Batch) => void,
): Promise<readonly number[]> => {
  if (columns.length === 0) return [];
  const list = columns.map((name) => asNumber(name, typeOf(name))).join(", ");
  await scanDoubles(duck, `SELECT ${list} FROM ${from}`, columns.length, add);
  const texts = columns.filter((name) => !isNumberType(typeOf(name)));
  if (texts.length === 0) return columns.map(() => 0);
  const counts = texts.map(
    (name) => `count(${quoteId(name)}) - count(${asNumber(name, typeOf(name))})`,
  );
  const [row = []] = await duck.rows(`SELECT ${counts.join(", ")} FROM ${from}`);
  return columns.map((name) => {
    const at = texts.indexOf(name);
    return at < 0 ? 0 : toCount(row[at]);
  });
};
