/**
 * Where rows lie. `files`: one file, or a folder with CSV, TSV, JSON lines or Parquet in it, also below `date=YYYY-MM-DD` folders.
 * `postgres`: an address with `?table=schema.table`, without a password; `password` comes from the environment.
 */
export type DataSource =
  | { readonly kind: "files"; readonly path: string; readonly sha256?: string | undefined }
  | { readonly kind: "postgres"; readonly address: string; readonly password: string | null };

/** Why rows could not be read. A fault of the feed is told as quality, never as drift. */
export interface FeedFault {
  readonly code:
    | "missing"
    | "empty"
    | "corrupt"
    | "unreachable"
    | "mixed"
    | "no_time"
    | "no_column";
  /** The file, folder or table, without secrets. */
  readonly subject: string;
  readonly message: string;
  /** True when nothing at all could be read. */
  readonly fatal: boolean;
}

/** One file of a source. `day` is the date its path names, YYYY-MM-DD. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly day: string | null;
}
