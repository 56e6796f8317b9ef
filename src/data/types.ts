import type { ColumnType } from "./dataset.ts";
import type { Duck } from "./duck.ts";
import { quoteId, toCount } from "./sql.ts";

const INTEGER = "-?(0|[1-9][0-9]*)";
const NUMBER = "[+-]?((0|[1-9][0-9]*)(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?";
const LONG_INTEGER = "[+-]?[0-9]{19,}";
const DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
const TIMESTAMP = `${DATE}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?`;
const matches = (column: string, pattern: string): string =>
  `regexp_full_match(${column}, '${pattern}')`;

/** SQL: whether a text is a plain number that a double holds without losing digits of a label. */
export const isPlainNumber = (column: string): string =>
  `${matches(column, NUMBER)} AND NOT ${matches(column, LONG_INTEGER)} AND isfinite(try_cast(${column} AS DOUBLE))`;

type TextType = Exclude<ColumnType, "string">;

/** Strongest first: the first type that every value fits is the column's. Leading zeros and over-long integers are labels, not numbers. */
const TESTS: Readonly<Record<TextType, (column: string) => string>> = {
  boolean: (column) => `lower(${column}) IN ('true', 'false')`,
  integer: (column) => `${matches(column, INTEGER)} AND try_cast(${column} AS BIGINT) IS NOT NULL`,
  number: isPlainNumber,
  date: (column) => `${matches(column, DATE)} AND try_cast(${column} AS DATE) IS NOT NULL`,
  timestamp: (column) =>
    `${matches(column, TIMESTAMP)} AND try_cast(${column} AS TIMESTAMPTZ) IS NOT NULL`,
};
const TEXT_TYPES = Object.keys(TESTS) as readonly TextType[];

const CASTS: Readonly<Record<ColumnType, (column: string) => string>> = {
  string: (column) => column,
  boolean: (column) => `CAST(${column} AS BOOLEAN)`,
  integer: (column) => `CAST(${column} AS BIGINT)`,
  number: (column) => `CAST(${column} AS DOUBLE)`,
  date: (column) => `CAST(${column} AS DATE)`,
  timestamp: (column) => `CAST(CAST(${column} AS TIMESTAMPTZ) AS TIMESTAMP)`,
};

/** SQL that turns a text column into its type. */
export const castText = (column: string, type: ColumnType): string => CASTS[type](column);

const FIRST_ROWS = 2_000;
const BATCH = 100;

const possible = async (
  duck: Duck,
  table: string,
  asked: readonly (readonly [string, TextType])[],
): Promise<readonly (readonly [string, TextType])[]> => {
  const kept: (readonly [string, TextType])[] = [];
  for (let from = 0; from < asked.length; from += BATCH) {
    const batch = asked.slice(from, from + BATCH);
    const tests = batch.map(
      ([column, type]) =>
        `coalesce(bool_and(${TESTS[type](quoteId(column))}) FILTER (${quoteId(column)} IS NOT NULL), false)`,
    );
    const answer = (await duck.rows(`SELECT ${tests.join(", ")} FROM ${table}`))[0] ?? [];
    kept.push(...batch.filter((_, place) => answer[place] === true));
  }
  return kept;
};

/**
 * The type of each text column of table `raw`, decided on ALL rows; a column without values is a string. Only `allowed` types are
 * considered. The first rows rule types out cheaply, every survivor is proved on the whole table.
 */
export const decideTypes = async (
  duck: Duck,
  columns: readonly string[],
  allowed: readonly TextType[] = TEXT_TYPES,
): Promise<ReadonlyMap<string, ColumnType>> => {
  const all = columns.flatMap((column) =>
    TEXT_TYPES.filter((type) => allowed.includes(type)).map((type) => [column, type] as const),
  );
  const nonNull = columns.map((column) => `count(${quoteId(column)})`);
  const filled =
    columns.length === 0
      ? []
      : await duck.rows(
          `SELECT ${nonNull.join(", ")} FROM (SELECT * FROM raw LIMIT ${FIRST_ROWS})`,
        );
  const inFirst = new Set(columns.filter((_, place) => toCount(filled[0]?.[place]) > 0));
  const first = await possible(
    duck,
    `(SELECT * FROM raw LIMIT ${FIRST_ROWS})`,
    all.filter(([column]) => inFirst.has(column)),
  );
  const [[rows] = []] = await duck.rows("SELECT count(*) FROM raw");
  const whole = toCount(rows) <= FIRST_ROWS;
  const proved = whole
    ? first
    : await possible(duck, "raw", [...first, ...all.filter(([column]) => !inFirst.has(column))]);
  const types = new Map<string, ColumnType>(columns.map((column) => [column, "string"]));
  for (const [column, type] of [...proved].sort(
    (a, b) => TEXT_TYPES.indexOf(b[1]) - TEXT_TYPES.indexOf(a[1]),
  )) {
    types.set(column, type);
  }
  return types;
};

/**
 * How many values keep a column of numbers from being one: at most three kinds of them and at most 20 % of its values, with the row
 * (1-based) of the first; null when it is text. The values themselves may be personal and are not given.
 */
export const strayValues = async (
  duck: Duck,
  column: string,
): Promise<{ readonly count: number; readonly of: number; readonly row: number } | null> => {
  const id = quoteId(column);
  const stray = `${id} IS NOT NULL AND NOT ${matches(id, NUMBER)}`;
  const [[kinds, found, all, first] = []] = await duck.rows(
    `SELECT count(DISTINCT ${id}) FILTER (${stray}), count(*) FILTER (${stray}), count(${id}), min(rowid) FILTER (${stray}) FROM raw`,
  );
  const count = toCount(found);
  const of = toCount(all);
  return toCount(kinds) <= 3 && count > 0 && count / of <= 0.2
    ? { count, of, row: toCount(first) + 1 }
    : null;
};
