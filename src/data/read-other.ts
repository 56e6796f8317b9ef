import { basename } from "node:path";
import { isProductError, messageOf } from "../lib/errors.ts";
import type { Assumption, DataFormat } from "./dataset.ts";
import type { Duck } from "./duck.ts";
import type { RawTable } from "./read-csv.ts";
import { refuse } from "./refuse.ts";
import { quoteId, quoteText, toCount } from "./sql.ts";

const FLOATS = /^(FLOAT|DOUBLE|DECIMAL)/;
const INTEGERS = /^(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER)$/;
const LONG_INTEGERS = /^(HUGEINT|UHUGEINT|UBIGINT)$/;
const NESTED = /^(STRUCT|MAP|UNION)|\[\d*\]$|^JSON$/;

/** SQL of a source column in one of our types. Numbers that are not finite are missing; 128-bit and nested values become text. */
const plainColumn = (name: string, type: string): string => {
  const id = quoteId(name);
  if (FLOATS.test(type))
    return `CASE WHEN isfinite(CAST(${id} AS DOUBLE)) THEN CAST(${id} AS DOUBLE) END`;
  if (INTEGERS.test(type)) return `CAST(${id} AS BIGINT)`;
  if (type === "BOOLEAN" || type === "DATE") return id;
  if (type.startsWith("TIMESTAMP")) return `CAST(${id} AS TIMESTAMP)`;
  if (type === "JSON")
    return `CASE WHEN json_type(${id}) = 'VARCHAR' THEN ${id} ->> '$' ELSE CAST(${id} AS VARCHAR) END`;
  if (NESTED.test(type)) return `CAST(to_json(${id}) AS VARCHAR)`;
  return `CAST(${id} AS VARCHAR)`;
};

const translate = (cause: unknown, name: string) => {
  const text = messageOf(cause);
  if (
    /unexpected end of data|No magic bytes|too small to be a Parquet|unexpected end/i.test(text)
  ) {
    return refuse("DATA_TRUNCATED", {
      message: `${name} ends before its data do.`,
      expected: "a complete file",
      got: "a file that was cut",
      next: "Export or download the file again.",
    });
  }
  if (/maximum_object_size/i.test(text)) {
    return refuse("DATA_CELL_TOO_LARGE", {
      message: `${name} has a record that is longer than the limit.`,
      expected: "records of at most 16 MB",
      got: "a longer one",
      next: "Leave the long value out.",
    });
  }
  if (/duplicate key/i.test(text)) {
    return refuse("DATA_RAGGED", {
      message: `A record of ${name} has the same key twice.`,
      expected: "each key once in a record",
      got: "a key that is repeated",
      next: "Rename or remove the repeated key.",
    });
  }
  return refuse("DATA_UNREADABLE", {
    message: `${name} cannot be read as a table.`,
    expected: "an array of objects, one object per line, or Parquet",
    got:
      text
        .split("\n")[0]
        ?.replace(/'[^']*'|".*"/g, "…")
        .slice(0, 160) ?? "something else",
    next: "Check the file, or give dataset.format.",
  });
};

const SOURCES: Readonly<Record<"json" | "jsonl" | "parquet", (path: string) => string>> = {
  json: (path) => `read_json(${path}, sample_size = -1, format = 'array')`,
  jsonl: (path) => `read_json(${path}, sample_size = -1, format = 'auto')`,
  parquet: (path) => `read_parquet(${path})`,
};

/** Loads JSON (array or lines, UTF-8) or Parquet into table `raw` with columns c0, c1, …; UserInputError DATA_EMPTY, DATA_TRUNCATED, DATA_RAGGED, DATA_UNREADABLE. */
export const readTyped = async (
  duck: Duck,
  path: string,
  shown: string,
  format: Exclude<DataFormat, "csv" | "tsv">,
): Promise<RawTable> => {
  const source = SOURCES[format](quoteText(path));
  try {
    const described = await duck.rows(`DESCRIBE SELECT * FROM ${source}`);
    const columns = described.map(([name, type]) => ({ name: String(name), type: String(type) }));
    const list = columns.map(({ name, type }, place) => `${plainColumn(name, type)} AS c${place}`);
    await duck.connection.run(`CREATE TABLE raw AS SELECT ${list.join(", ")} FROM ${source}`);
    const [[rows] = []] = await duck.rows("SELECT count(*) FROM raw");
    if (toCount(rows) === 0) {
      throw refuse("DATA_EMPTY", {
        message: `${basename(shown)} holds no rows.`,
        expected: "rows",
        got: "0 rows",
        next: "Export the data again.",
      });
    }
    const isText = (type: string): boolean =>
      !FLOATS.test(type) && !INTEGERS.test(type) && !/^(BOOLEAN|DATE|TIMESTAMP)/.test(type);
    const changed = columns.filter(({ type }) => NESTED.test(type) || LONG_INTEGERS.test(type));
    return {
      names: columns.map(({ name }) => name),
      text: columns.flatMap(({ type }, place) => (isText(type) ? [`c${place}`] : [])),
      delimiter: null,
      assumptions: changed.map(
        ({ name, type }): Assumption => ({
          subject: `column ${name}`,
          assumed: "read as text",
          why: LONG_INTEGERS.test(type)
            ? "its integers exceed 64 bits"
            : "its values are nested or of mixed types",
          change: "dataset.uri: a file in which the column holds one simple type",
        }),
      ),
    };
  } catch (cause) {
    throw isProductError(cause) ? cause : translate(cause, basename(shown));
  }
};
