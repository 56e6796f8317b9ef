import type { ColumnFacts } from "../spec/facts.ts";
import type { DataColumn, Dataset } from "./dataset.ts";
import { quoteId, quoteText, toCount } from "./sql.ts";

type Personal = ColumnFacts["personal"];
export type PersonalKind = Exclude<Personal, null>;

// A column counts as personal when most of its values look so: a few stray matches in free text are no column of addresses.
const SHARE = 0.6;

const EMAIL = "^[^@\\s]+@[^@\\s]+\\.[a-zA-Z]{2,}$";
const PHONE = "^\\+?[0-9][0-9 ().\\-/]{6,18}[0-9]$";
/** Dates look like telephone numbers. */
const DATE = "^[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}( .*)?$";
const STREET =
  "(?i)(^\\d{1,5}\\s+\\S.*\\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct)\\b)|(\\b\\S*(straße|strasse|gasse|weg|platz)\\s+\\d)";
const FULL_NAME = "^[A-ZÀ-Þ][a-zà-ÿ'’-]+( [A-Z]\\.)? [A-ZÀ-Þ][a-zà-ÿ'’-]+$";

const tokens = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

const has = (words: readonly string[], ...wanted: readonly string[]): boolean =>
  wanted.some((word) => words.includes(word));

const PERSON_WORDS = [
  "person",
  "customer",
  "client",
  "patient",
  "user",
  "employee",
  "member",
  "passenger",
  "first",
  "last",
  "full",
  "sur",
  "given",
  "family",
  "contact",
];
// Names of places and things are no names of persons.
const THING_WORDS = [
  "airport",
  "airline",
  "species",
  "product",
  "company",
  "file",
  "city",
  "state",
  "country",
  "brand",
  "model",
  "station",
  "operator",
  "team",
  "event",
];

/** What the name alone says: these words are used for nothing else. */
const byName = (name: string): Personal => {
  const words = tokens(name);
  if (has(words, "email", "mail", "mailaddress") || (has(words, "e") && has(words, "mail")))
    return "email";
  if (has(words, "phone", "telephone", "mobile", "cellphone", "fax", "msisdn")) return "phone";
  if (
    has(words, "ssn", "passport", "iban", "nino", "taxid", "licence") ||
    (has(words, "social") && has(words, "security"))
  )
    return "id";
  if (has(words, "street", "address", "addr") && !has(words, "ip", "mac")) return "address";
  if (has(words, "firstname", "lastname", "surname", "fullname", "forename")) return "name";
  if (has(words, "name") && has(words, ...PERSON_WORDS) && !has(words, ...THING_WORDS))
    return "name";
  return has(words, "id") && has(words, ...PERSON_WORDS) ? "id" : null;
};

const PATTERNS: readonly (readonly [PersonalKind, string])[] = [
  ["email", EMAIL],
  ["phone", PHONE],
  ["address", STREET],
];

const shares = async (dataset: Dataset, field: string): Promise<readonly number[]> => {
  const id = quoteId(field);
  const tests = [...PATTERNS.map(([, pattern]) => pattern), FULL_NAME].map(
    (pattern) =>
      `count(*) FILTER (WHERE regexp_matches(${id}, ${quoteText(pattern)}) AND NOT regexp_matches(${id}, ${quoteText(DATE)}))`,
  );
  const [row = []] = await dataset.rows(
    `SELECT count(*), ${tests.join(", ")} FROM (SELECT DISTINCT ${id} FROM data WHERE ${id} IS NOT NULL LIMIT 2000)`,
  );
  const all = Math.max(1, toCount(row[0]));
  return row.slice(1).map((cell) => toCount(cell) / all);
};

/**
 * Whether a column holds personal data, by its name or by the shape of most of its values: e-mail, phone, postal address, person's
 * name, person's id. Names of persons are taken from values only when the name of the column is silent and most values are unlike
 * each other. `distinct` is the column's number of values. Null: nothing suspected.
 */
export const suspectPersonal = async (
  dataset: Dataset,
  column: DataColumn,
  distinct: number,
): Promise<Personal> => {
  const named = byName(column.name);
  if (named !== null || column.type !== "string" || distinct < 5) return named;
  const found = await shares(dataset, column.field);
  const kind = PATTERNS.find((_, at) => (found[at] ?? 0) >= SHARE)?.[0];
  if (kind !== undefined) return kind;
  const unlike = distinct / Math.max(1, dataset.rowCount) > 0.5;
  const silent = !has(tokens(column.name), ...THING_WORDS);
  return unlike && silent && (found[PATTERNS.length] ?? 0) >= SHARE ? "name" : null;
};
