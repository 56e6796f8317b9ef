import { basename } from "node:path";
import type { Duck } from "../../data/duck.ts";
import { readPostgres } from "../../data/read-postgres.ts";
import { quoteText } from "../../data/sql.ts";
import { isProductError, messageOf } from "../../lib/errors.ts";
import type { DataSource, FeedFault, SourceFile } from "./data-source.ts";
import { type FileFormat, type Listing, listFiles } from "./list-files.ts";
import type { Relation } from "./relation.ts";
import { unpackFeatures } from "./unpack-features.ts";

export interface Opened {
  /** Null when nothing could be read. */
  readonly relation: Relation | null;
  readonly faults: readonly FeedFault[];
}

const SAMPLE = 20_480;
const POSTGRES_LIMITS = { maxBytes: 5e9, timeoutMs: 120_000 };

const typeList = (types: ReadonlyMap<string, string>): string =>
  `{${[...types].map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`).join(", ")}}`;

/** How a CSV is written, so that a known file is read without guessing again. */
interface Dialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly escaped: string;
}

const quoteOrNone = (mark: string): string => quoteText(mark === "(empty)" ? "" : mark);

/** One CSV whose columns are all known: nothing is sniffed, which costs as much as reading 20,000 rows. */
const knownCsv = (
  file: SourceFile,
  { delimiter, escaped, quote }: Dialect,
  columns: ReadonlyMap<string, string>,
  types: ReadonlyMap<string, string>,
): string => {
  const all = new Map([...columns].map(([name, type]) => [name, types.get(name) ?? type] as const));
  return `read_csv(${quoteText(file.path)}, auto_detect = false, header = true, hive_partitioning = false, delim = ${quoteText(delimiter)}, quote = ${quoteOrNone(quote)}, escape = ${quoteOrNone(escaped)}, columns = ${typeList(all)})`;
};

const dialectOf = async (duck: Duck, file: SourceFile): Promise<Dialect | null> => {
  const [row = []] = await duck.rows(
    `SELECT Delimiter, Quote, Escape, HasHeader FROM sniff_csv(${quoteText(file.path)}, header = true)`,
  );
  const [delimiter, quote, escaped] = row.map((cell) => String(cell ?? ""));
  return delimiter ? { delimiter, quote: quote ?? "", escaped: escaped ?? "" } : null;
};

const fromClause = (
  format: FileFormat,
  files: readonly SourceFile[],
  types: ReadonlyMap<string, string>,
  lenient: boolean,
): string => {
  const list = `[${files.map(({ path }) => quoteText(path)).join(", ")}]`;
  const union = files.length > 1 ? ", union_by_name = true" : "";
  if (format === "parquet") return `read_parquet(${list}${union}, hive_partitioning = false)`;
  if (format === "json")
    return lenient
      ? `read_json(${list}, format = 'auto', columns = ${typeList(types)})`
      : `read_json(${list}, format = 'auto', sample_size = ${SAMPLE}${union})`;
  const typed = types.size > 0 && !lenient ? `, types = ${typeList(types)}` : "";
  const text = lenient ? ", all_varchar = true" : `, sample_size = ${SAMPLE}`;
  return `read_csv(${list}, header = true, hive_partitioning = false${union}${text}${typed})`;
};

/** The words of DuckDB's error without what it quotes from the file. */
export const plainCause = (error: unknown): string =>
  (messageOf(error).split("\n")[0] ?? "").replace(/"[^"]*"|'[^']*'/g, "…").slice(0, 160);

/** True for our own defects, which must not be told as a fault of somebody's feed. */
export const isDefect = (error: unknown): boolean =>
  (isProductError(error) && error.kind === "bug") ||
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof ReferenceError;

const NONE: ReadonlyMap<string, string> = new Map();

const corrupt = (file: SourceFile, error: unknown, fatal: boolean): FeedFault => ({
  code: "corrupt",
  subject: basename(file.path),
  message: `${basename(file.path)} cannot be read: ${plainCause(error)}`,
  fatal,
});

const columnsOf = async (duck: Duck, from: string): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await duck.rows(`DESCRIBE SELECT * FROM ${from}`)).map(
      ([name, type]) => [String(name), String(type)] as const,
    ),
  );

const openListing = async (duck: Duck, listing: Listing): Promise<Opened> => {
  const { format } = listing;
  const readable: SourceFile[] = [];
  const broken: { readonly file: SourceFile; readonly error: unknown }[] = [];
  for (const file of listing.files) {
    try {
      // Only the head is looked at: a Parquet footer, a CSV header, the first records of JSON.
      await columnsOf(duck, fromClause(format, [file], NONE, format === "csv"));
      readable.push(file);
    } catch (error) {
      broken.push({ file, error });
    }
  }
  const faults = [
    ...listing.faults,
    ...broken.map(({ error, file }) => corrupt(file, error, readable.length === 0)),
  ];
  if (readable.length === 0) return { relation: null, faults };
  try {
    const columns = await columnsOf(duck, fromClause(format, readable, NONE, false));
    const text = new Map([...columns].map(([name]) => [name, "VARCHAR"] as const));
    const [only] = readable;
    const dialect =
      format === "csv" && only && readable.length === 1 ? await dialectOf(duck, only) : null;
    const from: Relation["from"] = ({ files = readable, types = NONE, lenient = false } = {}) =>
      only && dialect && !lenient
        ? knownCsv(only, dialect, columns, types)
        : fromClause(format, files, lenient ? text : types, lenient);
    const relation = await unpackFeatures(duck, { format, files: readable, columns, from });
    return { relation, faults };
  } catch (error) {
    const [file] = readable;
    return {
      relation: null,
      faults: file ? [...faults, corrupt(file, error, true)] : faults,
    };
  }
};

/**
 * Opens a source for counting in `duck`, whose scratch folder takes what a database gives. Never throws: a file that is not there or
 * is broken, and a database that does not answer, are faults.
 */
export const openRelation = async (duck: Duck, source: DataSource): Promise<Opened> => {
  if (source.kind === "files") return openListing(duck, listFiles(source.path));
  try {
    const file = await readPostgres(source.address, duck.scratch, POSTGRES_LIMITS, source.password);
    return await openListing(duck, listFiles(file));
  } catch (error) {
    const said = isProductError(error) ? (error.got ?? error.message) : plainCause(error);
    return {
      relation: null,
      faults: [
        {
          code: "unreachable",
          subject: "database",
          message: `the database did not answer: ${said}`,
          fatal: true,
        },
      ],
    };
  }
};
