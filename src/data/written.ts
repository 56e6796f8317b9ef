import type { ColumnFacts } from "../spec/facts.ts";
import type { Assumption, ColumnType } from "./dataset.ts";
import { dateFormatsOf } from "./date-formats.ts";
import type { Duck } from "./duck.ts";
import { type Cell, quoteId, quoteText, toCount } from "./sql.ts";
import { isPlainNumber } from "./types.ts";

export type Written = NonNullable<ColumnFacts["written"]>;

/** A column of text that holds numbers or dates, how they are written, and what is to be said about it. */
export interface Reading {
  readonly type: Extract<ColumnType, "number" | "date" | "timestamp">;
  readonly written: Written;
  readonly assumption: Assumption;
}

/** Words that stand for no value among numbers or dates. Among labels they are labels. */
const MISSING =
  "nan na n/a #n/a null nil none - -- ? . missing unknown inf -inf infinity -infinity".split(" ");
const MOST_MISSING = 0.2;
const CURRENCIES = "$€£¥";
const DISTINCT_DATES = 20_000;
const FIRST_ROWS = 2_000;

// A blank of any kind at either end says nothing.
const trimmed = (id: string): string =>
  `regexp_replace(${id}, '^[\\s\\x{a0}]+|[\\s\\x{a0}]+$', '', 'g')`;
const bare = (id: string): string =>
  `regexp_replace(regexp_replace(${trimmed(id)}, '^([+-]?)[${CURRENCIES}]\\s*', '\\1'), '\\s*[${CURRENCIES}%]$', '')`;
const GROUPS = "'\\x{a0}\\x{202f}";

type Style = NonNullable<Written["numbers"]>["decimal"];
const STYLES: Readonly<
  Record<Style, { readonly shape: string; readonly sql: (x: string) => string }>
> = {
  ".": {
    shape: `[+-]?([0-9]{1,3}([,${GROUPS}][0-9]{3})+|[0-9]*)([.][0-9]+)?`,
    sql: (x) => `regexp_replace(${x}, '[,${GROUPS.replace("'", "''")}]', '', 'g')`,
  },
  ",": {
    shape: `[+-]?([0-9]{1,3}([.${GROUPS}][0-9]{3})+|[0-9]+)(,[0-9]+)?`,
    sql: (x) =>
      `replace(regexp_replace(${x}, '[.${GROUPS.replace("'", "''")}]', '', 'g'), ',', '.')`,
  },
  // Three digits behind a mark may be thousands: a column that mixes marks must not hold such a value.
  either: {
    shape: "[+-]?[0-9]+([.,]([0-9]{1,2}|[0-9]{4,}))?",
    sql: (x) => `replace(${x}, ',', '.')`,
  },
};
const numberSql = (id: string, style: Style): string => STYLES[style].sql(bare(id));
const fits = (id: string, style: Style): string =>
  `regexp_full_match(${bare(id)}, ${quoteText(STYLES[style].shape)}) AND ${isPlainNumber(numberSql(id, style))}`;

const wordsSql = (words: readonly string[]): string => words.map(quoteText).join(", ");

/** SQL that turns a text column into its type as it is written. */
export const castWritten = (column: string, { type, written }: Reading): string => {
  const id = quoteId(column);
  const kept = written.missing
    ? `CASE WHEN ${trimmed(id)} IN (${wordsSql(written.missing)}) THEN NULL ELSE ${id} END`
    : id;
  if (written.dates) {
    const parsed = `try_strptime(${trimmed(kept)}, [${wordsSql(written.dates)}])`;
    return type === "date" ? `CAST(${parsed} AS DATE)` : parsed;
  }
  return `CAST(${numberSql(kept, written.numbers?.decimal ?? ".")} AS DOUBLE)`;
};

/** Words of the column that mean no value there: few of them, all of them known. Null when any other word is in the way. */
const missingWords = async (duck: Duck, id: string) => {
  const lower = `lower(${trimmed(id)})`;
  const found = await duck.rows(
    `SELECT ${trimmed(id)}, count(*) FROM raw WHERE ${lower} IN (${wordsSql(MISSING)}) GROUP BY 1 ORDER BY 1`,
  );
  const total = toCount((await duck.rows(`SELECT count(${id}) FROM raw`))[0]?.[0]);
  const words = found.map(([word, count]) => ({ word: String(word), count: toCount(count) }));
  const missing = words.reduce((sum, { count }) => sum + count, 0);
  return total > 0 && missing / total <= MOST_MISSING ? words : null;
};

const numbersOf = (cells: readonly Cell[], styles: readonly Style[]): Written["numbers"] | null => {
  const decimal = styles.find((_, place) => cells[place] === true);
  const [kinds, affix, always] = cells.slice(styles.length);
  if (decimal === undefined || toCount(kinds) > 1) return null;
  // Some with a percent sign and some without are two units in one column.
  if (affix === "%" && always !== true) return null;
  return { decimal, affix: affix === null || affix === undefined ? "" : String(affix) };
};

const readNumbers = async (
  duck: Duck,
  id: string,
  words: readonly string[],
  semicolons: boolean,
): Promise<Written["numbers"] | null> => {
  const styles: readonly Style[] = semicolons ? [",", ".", "either"] : [".", ",", "either"];
  const affix = `nullif(regexp_extract(${id}, '[${CURRENCIES}%]'), '')`;
  const tests = [
    ...styles.map((style) => `bool_and(${fits(id, style)})`),
    `count(DISTINCT ${affix})`,
    `min(${affix})`,
    `bool_and(${affix} IS NOT NULL)`,
  ];
  const filled = `${id} IS NOT NULL${words.length > 0 ? ` AND ${trimmed(id)} NOT IN (${wordsSql(words)})` : ""}`;
  const ask = async (from: string) =>
    (await duck.rows(`SELECT ${tests.join(", ")} FROM ${from} WHERE ${filled}`))[0] ?? [];
  const first = numbersOf(await ask(`(SELECT ${id} FROM raw LIMIT ${FIRST_ROWS})`), styles);
  return first === null ? null : numbersOf(await ask("raw"), styles);
};

const readDates = async (duck: Duck, id: string, words: readonly string[], semicolons: boolean) => {
  const filled = `${id} IS NOT NULL${words.length > 0 ? ` AND ${trimmed(id)} NOT IN (${wordsSql(words)})` : ""}`;
  const values = async (from: string, limit: number): Promise<readonly string[]> =>
    (
      await duck.rows(`SELECT DISTINCT ${trimmed(id)} FROM ${from} WHERE ${filled} LIMIT ${limit}`)
    ).map(([value]) => String(value));
  const few = await values(`(SELECT ${id} FROM raw WHERE ${filled} LIMIT 50)`, 50);
  if (few.length === 0 || dateFormatsOf(few, semicolons) === null) return null;
  const found = dateFormatsOf(await values("raw", DISTINCT_DATES), semicolons);
  if (found === null) return null;
  const parsed = `try_strptime(${trimmed(id)}, [${wordsSql(found.formats)}])`;
  const [[all, midnight] = []] = await duck.rows(
    `SELECT bool_and(${parsed} IS NOT NULL), bool_and(${parsed} = date_trunc('day', ${parsed})) FROM raw WHERE ${filled}`,
  );
  return all === true ? { ...found, day: midnight === true } : null;
};

const without = (words: readonly { readonly word: string; readonly count: number }[]): string =>
  words.length === 0
    ? ""
    : `; ${words.map(({ word, count }) => `${JSON.stringify(word)} ${count}×`).join(", ")} taken as no value`;

const DECIMALS: Readonly<Record<Style, string>> = {
  ".": "a point before the decimals",
  ",": "a comma before the decimals",
  either: "a point or a comma before the decimals",
};

/**
 * How a text column of a CSV writes numbers or dates that SQL's own types refuse: grouped thousands, a decimal comma, a currency or
 * percent sign, blanks around, other date formats than ISO, a few words for no value. Null when it is text after all. Decided on all rows.
 */
export const decideWritten = async (
  duck: Duck,
  column: string,
  name: string,
  delimiter: string | null,
): Promise<Reading | null> => {
  const id = quoteId(column);
  const words = await missingWords(duck, id);
  if (words === null) return null;
  const missing = words.map(({ word }) => word);
  const semicolons = delimiter === ";";
  const known = missing.length > 0 ? { missing } : {};
  const subject = `column ${name}`;
  const change = "dataset.uri: a file with plain numbers and ISO dates";
  const numbers = await readNumbers(duck, id, missing, semicolons);
  if (numbers) {
    const sign = numbers.affix === "" ? "" : `, ${numbers.affix} left out`;
    return {
      type: "number",
      written: { numbers, ...known },
      assumption: {
        subject,
        assumed: `numbers with ${DECIMALS[numbers.decimal]}${sign}`,
        why: `every value fits${without(words)}`,
        change,
      },
    };
  }
  const dates = await readDates(duck, id, missing, semicolons);
  if (!dates) return null;
  return {
    type: dates.day ? "date" : "timestamp",
    written: { dates: [...dates.formats], ...known },
    assumption: {
      subject,
      assumed: `dates written ${dates.formats.join(", ")}`,
      why: `${dates.guessed ? "no value tells day and month apart, so their order is a guess" : "every value fits one of them"}${without(words)}`,
      change,
    },
  };
};
