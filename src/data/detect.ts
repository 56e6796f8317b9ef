import { statSync } from "node:fs";
import { basename, extname } from "node:path";
import type { DataFormat } from "./dataset.ts";
import { detectEncoding, type Encoding, readHead } from "./encoding.ts";
import { refuse } from "./refuse.ts";

/** What a file is, before it is read. */
export interface Detected {
  readonly format: DataFormat;
  readonly encoding: Encoding | "binary";
  readonly bytes: number;
}

/** Files that people often give by mistake, by their first bytes. */
const MAGIC: readonly (readonly [string, string, string])[] = [
  [
    "504b0304",
    "a zip archive or an Excel workbook",
    "save the sheet as CSV, or unpack the archive",
  ],
  ["1f8b", "a gzip file", "unpack it with gunzip"],
  ["25504446", "a PDF", "give the table behind it as CSV or Parquet"],
  ["89504e47", "a PNG picture", "give a table as CSV, JSON or Parquet"],
  ["d0cf11e0", "an old Excel workbook", "save the sheet as CSV"],
  ["53514c69746520", "a SQLite database", "export the table as CSV or Parquet"],
  ["28b52ffd", "a zstd file", "unpack it with unzstd"],
];

const EXTENSIONS: Readonly<Record<string, DataFormat>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".tab": "tsv",
  ".json": "json",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
  ".pq": "parquet",
};

const FORMATS_TEXT = "a CSV, TSV, JSON, JSON lines or Parquet file";

/** Size of the file. UserInputError DATA_NOT_FOUND, DATA_SOURCE_UNSUPPORTED, DATA_EMPTY, DATA_TOO_LARGE. */
export const sizeOf = (path: string, maxBytes: number): number => {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw refuse("DATA_SOURCE_UNSUPPORTED", {
      message: "The dataset is an address; only files are read here.",
      expected: "the path of a file",
      got: path.slice(0, 200),
      next: "Download the data and give the path of the file.",
    });
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    throw refuse("DATA_NOT_FOUND", {
      message: stat ? "The dataset is a folder, not a file." : "The dataset was not found.",
      expected: FORMATS_TEXT,
      got: path.slice(0, 200),
      next: "Check the path of the dataset and start again.",
    });
  }
  if (stat.size === 0) {
    throw refuse("DATA_EMPTY", {
      message: `${basename(path)} is empty.`,
      expected: "a header and rows",
      got: "0 bytes",
      next: "Export the data again.",
    });
  }
  if (stat.size > maxBytes) {
    throw refuse("DATA_TOO_LARGE", {
      message: `${basename(path)} is larger than the limit.`,
      expected: `at most ${maxBytes} bytes`,
      got: `${stat.size} bytes`,
      next: "Raise data.max_bytes in mlpipeline.yml, or give a sample.",
    });
  }
  return stat.size;
};

const binary = (path: string, what: string, next: string) =>
  refuse("DATA_BINARY", {
    message: `${basename(path)} is ${what}, not a table that can be read.`,
    expected: FORMATS_TEXT,
    got: what,
    next: `${next.charAt(0).toUpperCase()}${next.slice(1)}.`,
  });

const textFormat = (path: string, head: string): DataFormat => {
  const byName = EXTENSIONS[extname(path).toLowerCase()];
  const looksArray = /^\s*\[\s*(\{\s*["}]|\])/.test(head);
  const looksLines = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:/.test(head);
  if (looksArray) return "json";
  if (looksLines) return "jsonl";
  if (byName === "json" || byName === "jsonl")
    return head.trimStart().startsWith("[") ? "json" : byName;
  return byName === "tsv" ? "tsv" : "csv";
};

/**
 * Format and encoding of a file: `wanted` where given, else by content, then by extension. UserInputError DATA_BINARY for what
 * is no table, DATA_TRUNCATED for Parquet without its end.
 */
export const detect = async (
  path: string,
  wanted: DataFormat | "auto",
  bytes: number,
): Promise<Detected> => {
  const head = readHead(path, 65_536);
  const hex = head.subarray(0, 8).toString("hex");
  if (head.subarray(0, 4).toString("latin1") === "PAR1") {
    return { format: "parquet", encoding: "binary", bytes };
  }
  const known = MAGIC.find(([start]) => hex.startsWith(start));
  if (known) throw binary(path, known[1], known[2]);
  const encoding = await detectEncoding(path);
  if (encoding === "binary") throw binary(path, "binary data", "export it as CSV, JSON or Parquet");
  const label = encoding.startsWith("utf-16") ? encoding : "utf-8";
  const text = new TextDecoder(label).decode(head).replace(/^\uFEFF/, "");
  if (/^\s*<(!doctype|html|\?xml)/i.test(text))
    throw binary(path, "a web page or XML", "download the table itself, perhaps after signing in");
  if (wanted === "parquet" || extname(path).toLowerCase() === ".parquet") {
    throw binary(path, "text named Parquet", "give the file its real extension");
  }
  return { format: wanted === "auto" ? textFormat(path, text) : wanted, encoding, bytes };
};
