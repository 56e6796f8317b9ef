import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildTable } from "./build-table.ts";
import type { Assumption, DataColumn, DataFormat, Dataset } from "./dataset.ts";
import { type Detected, detect, sizeOf } from "./detect.ts";
import { type Duck, openDuck } from "./duck.ts";
import { transcode } from "./encoding.ts";
import { type RawTable, readCsv } from "./read-csv.ts";
import { readTyped } from "./read-other.ts";
import { refuse } from "./refuse.ts";
import { toCount } from "./sql.ts";

/** What to open and how far to go. */
export interface OpenOptions {
  readonly path: string;
  /** Default auto: by content, then by extension. */
  readonly format?: DataFormat | "auto";
  /** Cells that mean "no value", exactly as written. Default: the empty cell only. */
  readonly nullTokens?: readonly string[];
  readonly maxBytes?: number;
  readonly maxColumns?: number;
  readonly memoryMb?: number;
  readonly threads?: number;
}

const DEFAULTS = { maxBytes: 5e9, maxColumns: 2000, memoryMb: 2048, threads: 2 };
const readRaw = async (
  duck: Duck,
  path: string,
  { format, encoding }: Detected,
  scratch: string,
): Promise<RawTable> => {
  if (format === "parquet") return readTyped(duck, path, path, format);
  const csv = format === "csv" || format === "tsv";
  const plain = encoding === "utf-8" || (csv && encoding === "utf-8-bom");
  const file = plain ? path : join(scratch, "utf8.txt");
  if (!plain && encoding !== "binary") await transcode(path, file, encoding);
  return csv
    ? readCsv(duck, file, path, format === "tsv", scratch)
    : readTyped(duck, file, path, format);
};

const checkWidth = (path: string, names: readonly string[], maxColumns: number): void => {
  if (names.length < 2) {
    throw refuse("DATA_ONE_COLUMN", {
      message: `${basename(path)} has one column only.`,
      expected: "a target and at least one other column",
      got: `${names.length} column`,
      next: "Check the delimiter, or give a table with more columns.",
    });
  }
  if (names.length > maxColumns) {
    throw refuse("COLUMN_LIMIT", {
      message: `${basename(path)} has more columns than the limit.`,
      expected: `at most ${maxColumns} columns`,
      got: `${names.length} columns`,
      next: "Raise data.max_columns in mlpipeline.yml, or leave columns out.",
    });
  }
};

const encodingNotes = (encoding: Detected["encoding"]): readonly Assumption[] => {
  if (encoding === "latin-1" || encoding === "windows-1252") {
    return [
      {
        subject: "encoding",
        assumed: encoding,
        why: "some bytes are not valid UTF-8",
        change: "dataset.uri: the file saved as UTF-8",
      },
    ];
  }
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    return [
      {
        subject: "encoding",
        assumed: encoding,
        why: "its byte order mark or its zero bytes say so; it was transcoded to UTF-8 for reading",
        change: "dataset.uri: the file saved as UTF-8",
      },
    ];
  }
  return [];
};

const repeatedNames = (columns: readonly DataColumn[]): readonly Assumption[] => {
  const first = new Set<string>();
  return columns.flatMap(({ name, field }) => {
    if (!first.has(name)) {
      first.add(name);
      return [];
    }
    return [
      {
        subject: `column ${name}`,
        assumed: `a later column of the same name is called ${field}`,
        why: "the name occurs more than once in the header",
        change: "dataset.uri: a file whose columns have names of their own",
      },
    ];
  });
};

/**
 * Opens a dataset file and loads it once into memory, typed on all of its rows; afterwards nothing outside can be reached.
 * UserInputError DATA_NOT_FOUND, DATA_SOURCE_UNSUPPORTED, DATA_EMPTY, DATA_BINARY, DATA_TRUNCATED, DATA_TOO_LARGE, DATA_ONE_COLUMN,
 * COLUMN_LIMIT, DATA_RAGGED, DATA_UNREADABLE. The caller closes it.
 */
export const openDataset = async (options: OpenOptions): Promise<Dataset> => {
  const limits = { ...DEFAULTS, ...options };
  const nullTokens = options.nullTokens ?? [""];
  const bytes = sizeOf(options.path, limits.maxBytes);
  const detected = await detect(options.path, options.format ?? "auto", bytes);
  const scratch = mkdtempSync(join(tmpdir(), "mlpipeline-data-"));
  const duck = await openDuck(limits);
  try {
    const raw = await readRaw(duck, options.path, detected, scratch);
    checkWidth(options.path, raw.names, limits.maxColumns);
    const format = raw.delimiter === "\t" ? "tsv" : detected.format;
    const { columns, assumptions } = await buildTable(duck, raw, format, nullTokens);
    const rowCount = toCount((await duck.rows("SELECT count(*) FROM data"))[0]?.[0]);
    if (rowCount === 0) {
      throw refuse("DATA_EMPTY", {
        message: `${basename(options.path)} has a header but no rows.`,
        expected: "rows",
        got: "0 rows",
        next: "Export the data again.",
      });
    }
    await duck.lock();
    return {
      path: options.path,
      format,
      encoding: detected.encoding,
      delimiter: raw.delimiter,
      nullTokens,
      bytes,
      rowCount,
      columns,
      assumptions: [
        ...encodingNotes(detected.encoding),
        ...raw.assumptions,
        ...repeatedNames(columns),
        ...assumptions,
      ],
      connection: duck.connection,
      scratch: duck.scratch,
      rows: duck.rows,
      close: duck.close,
    };
  } catch (error) {
    duck.close();
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};
