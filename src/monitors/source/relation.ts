import type { SourceFile } from "./data-source.ts";
import type { FileFormat } from "./list-files.ts";

/** Rows of a source that DuckDB can select from. */
export interface Relation {
  readonly format: FileFormat;
  readonly files: readonly SourceFile[];
  /** Column names in order, with DuckDB's types as first seen. */
  readonly columns: ReadonlyMap<string, string>;
  /** FROM clause over these files (default: all). `types` fixes columns of CSV and JSON; `lenient` reads them all as text. */
  readonly from: (options?: {
    readonly files?: readonly SourceFile[];
    readonly types?: ReadonlyMap<string, string>;
    readonly lenient?: boolean;
  }) => string;
}
