import { readdirSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { FeedFault, SourceFile } from "./data-source.ts";

export type FileFormat = "parquet" | "csv" | "json";

const FORMATS: Readonly<Record<string, FileFormat>> = {
  ".parquet": "parquet",
  ".pq": "parquet",
  ".csv": "csv",
  ".tsv": "csv",
  ".jsonl": "json",
  ".ndjson": "json",
  ".json": "json",
};
const MOST_DEPTH = 4;

/** Files of a source that can be read as tables, all of one format, by path; and what kept others from being read. */
export interface Listing {
  readonly format: FileFormat;
  readonly files: readonly SourceFile[];
  readonly faults: readonly FeedFault[];
}

const describe = (path: string): SourceFile => {
  const { mtimeMs, size } = statSync(path);
  const day = /(?:^|[/=_.-])(\d{4}-\d{2}-\d{2})(?=[/_.-]|$)/.exec(path)?.[1] ?? null;
  return { path, bytes: size, mtimeMs, day };
};

const walk = (folder: string, depth: number): readonly string[] =>
  depth > MOST_DEPTH
    ? []
    : readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        // Half-written files are hidden or end otherwise; they are there at the next look.
        if (entry.name.startsWith(".") || entry.name.startsWith("_")) return [];
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return walk(path, depth + 1);
        return FORMATS[extname(entry.name).toLowerCase()] ? [path] : [];
      });

const formatOf = (path: string): FileFormat => FORMATS[extname(path).toLowerCase()] ?? "csv";

const fault = (
  code: FeedFault["code"],
  path: string,
  message: string,
  fatal: boolean,
): FeedFault => ({ code, subject: basename(path), message, fatal });

const nothing = (path: string, why: FeedFault): Listing => ({
  format: formatOf(path),
  files: [],
  faults: [why],
});

/** What lies at a path. Never throws: a path that is not there, or holds no table, is a fault. */
export const listFiles = (path: string): Listing => {
  let paths: readonly string[];
  try {
    paths = statSync(path).isDirectory() ? [...walk(path, 0)].sort() : [path];
  } catch {
    return nothing(path, fault("missing", path, `${basename(path)} is not there`, true));
  }
  if (paths.length === 0)
    return nothing(path, fault("missing", path, `${basename(path)} holds no table yet`, true));
  const formats = paths.map(formatOf);
  const counts = new Map<FileFormat, number>();
  for (const format of formats) counts.set(format, (counts.get(format) ?? 0) + 1);
  const [format = "csv"] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  const all = paths.filter((_, i) => formats[i] === format).map(describe);
  const files = all.filter(({ bytes }) => bytes > 0);
  const faults = all
    .filter(({ bytes }) => bytes === 0)
    .map((file) =>
      fault("empty", file.path, `${basename(file.path)} is empty`, files.length === 0),
    );
  const others = paths.length - all.length;
  const mixed = `${others} files of another format than ${format} are not read`;
  return {
    format,
    files,
    faults: others === 0 ? faults : [...faults, fault("mixed", path, mixed, false)],
  };
};
