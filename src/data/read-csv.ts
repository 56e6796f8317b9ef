import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { basename, join } from "node:path";
import { messageOf } from "../lib/errors.ts";
import { findCsvFault, readHeader, readRecords, sniffDelimiter } from "./csv.ts";
import type { Assumption } from "./dataset.ts";
import type { Duck } from "./duck.ts";
import { readHead } from "./encoding.ts";
import { refuse } from "./refuse.ts";
import { quoteText } from "./sql.ts";

/** What a reader found: column names as written, and table `raw` with columns c0, c1, … */
export interface RawTable {
  readonly names: readonly string[];
  /** Columns whose values are text and whose type is still to be decided. */
  readonly text: readonly string[];
  readonly delimiter: string | null;
  readonly assumptions: readonly Assumption[];
}

/** Longest record, in bytes: a longer one is a file that lost its quotes or line ends, and would fill the memory. */
const MAX_RECORD = 20_000_000;

/** Stands for no value at all: no file holds it, so that empty cells stay empty text until the null tokens are applied. */
const NO_NULL = "\u0001no\u0002null\u0001";

const load = (duck: Duck, path: string, delimiter: string, width: number) => {
  const columns = Array.from({ length: width }, (_, place) => `'c${place}': 'VARCHAR'`).join(", ");
  return duck.connection.run(
    `CREATE OR REPLACE TABLE raw AS SELECT * FROM read_csv(${quoteText(path)}, auto_detect = false, header = true, columns = {${columns}}, nullstr = ${quoteText(NO_NULL)}, delim = ${quoteText(delimiter)}, quote = '"', escape = '"', strict_mode = true, max_line_size = ${MAX_RECORD})`,
  );
};

const faultError = async (path: string, name: string, delimiter: string) => {
  const fault = await findCsvFault(path, delimiter);
  if (!fault) return null;
  return fault.kind === "truncated"
    ? refuse("DATA_TRUNCATED", {
        message: `${name} ends in the middle of a record that starts in line ${fault.line}.`,
        expected: `${fault.expected} cells in every record and closed quotes`,
        got: `${fault.got} cells`,
        next: "Export or download the file again.",
      })
    : refuse("DATA_RAGGED", {
        message: `${name} has a broken record in line ${fault.line}.`,
        expected: `${fault.expected} cells, quoted where they hold the delimiter`,
        got: `${fault.got} cells${fault.got === fault.expected ? ", text after a closing quote" : ""}`,
        next: "Correct the line, or quote cells that hold the delimiter.",
      });
};

const tooLong = (name: string) =>
  refuse("DATA_CELL_TOO_LARGE", {
    message: `${name} has a record that is longer than the limit.`,
    expected: `records of at most ${MAX_RECORD} bytes`,
    got: "a longer one",
    next: "Leave the long column out, or check quotes and line endings.",
  });

const csvCell = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

/** Writes the records again with one kind of line ending, which the strict loader wants. */
const normalise = async (path: string, delimiter: string, to: string): Promise<void> => {
  const out = createWriteStream(to);
  for await (const record of readRecords(path, delimiter)) {
    if (!out.write(`${record.cells.map(csvCell).join(delimiter)}\n`)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
};

/** A header cell that is a number or a date is a sign that the file has no header. */
const headerless = (names: readonly string[]): boolean =>
  names.some((name) => /^-?\d+(\.\d+)?$|^\d{4}-\d{2}-\d{2}/.test(name.trim()));

/**
 * Loads UTF-8 CSV or TSV into table `raw`, every cell as text. `shown` names the file in errors; `scratch` is an existing folder.
 * UserInputError DATA_EMPTY, DATA_TRUNCATED (short last record, open quote), DATA_RAGGED.
 */
export const readCsv = async (
  duck: Duck,
  path: string,
  shown: string,
  tab: boolean,
  scratch: string,
): Promise<RawTable> => {
  const name = basename(shown);
  const head = readHead(path, 262_144);
  const text = head.toString("utf8").replace(/^\uFEFF/, "");
  const delimiter = tab ? "\t" : sniffDelimiter(text, head.length < 262_144);
  const names = await readHeader(path, delimiter);
  if (!names) {
    throw refuse("DATA_EMPTY", {
      message: `${name} holds no rows.`,
      expected: "a header and rows",
      got: "blank lines",
      next: "Export the data again.",
    });
  }
  const assumptions: Assumption[] = [];
  try {
    await load(duck, path, delimiter, names.length);
  } catch (cause) {
    if (/maximum line size/i.test(messageOf(cause))) throw tooLong(name);
    const fault = await faultError(path, name, delimiter);
    if (fault) throw fault;
    const copy = join(scratch, "normalised.csv");
    await normalise(path, delimiter, copy);
    await load(duck, copy, delimiter, names.length).catch(() => {
      throw cause;
    });
    assumptions.push({
      subject: "line endings",
      assumed: "all line endings mean the same",
      why: "the file mixes line endings or spacing that strict CSV does not know",
      change: "dataset.uri: a file with one kind of line ending",
    });
  }
  if (headerless(names)) {
    assumptions.push({
      subject: "header",
      assumed: "the first line holds the column names",
      why: "some of them look like values, so the file may have no header",
      change: "dataset.uri: a file with a header line",
    });
  }
  return { names, text: names.map((_, place) => `c${place}`), delimiter, assumptions };
};
