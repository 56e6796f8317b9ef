import type { CategoricalProfile } from "./categorical-profile.ts";
import type { Counts } from "./merge.ts";
import type { NumericProfile } from "./numeric-profile.ts";

export type ColumnProfile = NumericProfile | CategoricalProfile;

/** What is known of a reference: one profile per watched column, with the types that every window is read as. */
export interface ReferenceProfile {
  /** Changes with the data, the columns and the kernel. */
  readonly identity: string;
  readonly rows: number;
  readonly columns: readonly ColumnProfile[];
  /** The column of event times with its type, and the time the reference spans; null when it has none. */
  readonly time: {
    readonly name: string;
    readonly type: string;
    readonly start: number;
    readonly end: number;
  } | null;
  /** All columns of the reference with DuckDB's types: what the schema rule compares with. */
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  /** Columns that are compared by quality rules only, and why. */
  readonly notCompared: readonly { readonly field: string; readonly why: string }[];
}

/** What one window, or a slice of the reference, holds. Columns that it lacks are not in `counts`. */
export interface WindowCounts {
  readonly rows: number;
  readonly counts: ReadonlyMap<string, Counts>;
}
