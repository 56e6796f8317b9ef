import type { CategoricalProfile } from "./categorical-profile.ts";
import type { Counts } from "./merge.ts";
import { KERNEL_VERSION, type NumericCounts, type NumericProfile } from "./numeric-profile.ts";
import type { ColumnProfile, ReferenceProfile, WindowCounts } from "./profile.ts";

type Sparse = readonly number[];

/** Cells that hold something, as place, count, place, count …: a window fills few of the 4,000. */
const toSparse = (cells: Float64Array): Sparse => {
  const sparse: number[] = [];
  for (let i = 0; i < cells.length; i++) if (cells[i] !== 0) sparse.push(i, cells[i] as number);
  return sparse;
};

const fromSparse = (sparse: Sparse, length: number): Float64Array => {
  const cells = new Float64Array(length);
  for (let i = 0; i < sparse.length; i += 2) cells[sparse[i] as number] = sparse[i + 1] as number;
  return cells;
};

type PackedCounts =
  | (Omit<NumericCounts, "cells"> & { readonly cells: Sparse; readonly length: number })
  | Exclude<Counts, NumericCounts>;

const packCounts = (counts: Counts): PackedCounts =>
  counts.kind === "categorical"
    ? counts
    : { ...counts, cells: toSparse(counts.cells), length: counts.cells.length };

const unpackCounts = (packed: PackedCounts): Counts => {
  if (packed.kind === "categorical") return packed;
  const { cells, length, ...rest } = packed;
  return { ...rest, cells: fromSparse(cells, length) };
};

type PackedProfile =
  | (Omit<NumericProfile, "edges" | "counts"> & {
      readonly edges: readonly number[];
      readonly counts: PackedCounts;
    })
  | CategoricalProfile;

const packColumn = (column: ColumnProfile): PackedProfile =>
  column.kind === "categorical"
    ? column
    : { ...column, edges: [...column.edges], counts: packCounts(column.counts) };

const unpackColumn = (packed: PackedProfile): ColumnProfile =>
  packed.kind === "categorical"
    ? packed
    : {
        ...packed,
        edges: Float64Array.from(packed.edges),
        counts: unpackCounts(packed.counts) as NumericCounts,
      };

/** Reads JSON that `encode…` wrote with this kernel; null for anything else. */
const read = <T>(text: string | null): T | null => {
  if (text === null) return null;
  try {
    const { kernel, value } = JSON.parse(text) as { readonly kernel?: unknown; readonly value: T };
    return kernel === KERNEL_VERSION ? value : null;
  } catch {
    return null;
  }
};

/** A profile as a blob. JSON keeps every digit of a double. */
export const encodeProfile = (profile: ReferenceProfile): string =>
  JSON.stringify({
    kernel: KERNEL_VERSION,
    value: { ...profile, columns: profile.columns.map(packColumn) },
  });

/** The profile of a blob; null when it is none, or one of another kernel. Never throws. */
export const decodeProfile = (text: string | null): ReferenceProfile | null => {
  const value = read<
    Omit<ReferenceProfile, "columns"> & { readonly columns: readonly PackedProfile[] }
  >(text);
  return value && { ...value, columns: value.columns.map(unpackColumn) };
};

/** Counters of a window as a blob. */
export const encodeCounts = ({ counts, rows }: WindowCounts): string =>
  JSON.stringify({
    kernel: KERNEL_VERSION,
    value: { rows, counts: [...counts].map(([field, one]) => [field, packCounts(one)]) },
  });

/** The counters of a blob; null when it is none. Never throws. */
export const decodeCounts = (text: string | null): WindowCounts | null => {
  const value = read<{
    readonly rows: number;
    readonly counts: readonly (readonly [string, PackedCounts])[];
  }>(text);
  return (
    value && {
      rows: value.rows,
      counts: new Map(value.counts.map(([field, one]) => [field, unpackCounts(one)] as const)),
    }
  );
};
