import { sortDoubles } from "../stats/sort-doubles.ts";

/** Raised when profiles or counters are made in another way: older blobs are then built anew. */
export const KERNEL_VERSION = 1;
const CUTS = 2_000;
/** Bins of PSI and JS. */
export const BINS = 10;

/** Counts of a numeric column over the cells of one profile. Counters of the same profile add up. */
export interface NumericCounts {
  readonly kind: "numeric";
  /** Identity of the profile whose edges the cells lie between. */
  readonly identity: string;
  /** Finite values. */
  readonly n: number;
  readonly nulls: number;
  readonly nan: number;
  readonly negInf: number;
  readonly posInf: number;
  /** Values that should be numbers and are not. */
  readonly notNumbers: number;
  /** Of the finite values; 0 when there are none. */
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** 2E+1 counts: odd cells are the edges themselves, even cells the open intervals between them. */
  readonly cells: Float64Array;
}

/** What is known of a numeric column of the reference; a blob of about 32 KB. */
export interface NumericProfile {
  readonly kind: "numeric";
  readonly field: string;
  readonly identity: string;
  /** Distinct ascending quantiles. Empty when the reference has no finite value. */
  readonly edges: Float64Array;
  readonly psiEdges: readonly number[];
  readonly counts: NumericCounts;
  /** Population standard deviation of the finite values. */
  readonly sigma: number;
  readonly distinct: number;
}

/** A sum that overflowed, as the largest double: JSON knows no infinity, and a mean of such values tells nothing anyway. */
export const bounded = (sum: number): number =>
  Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number.isNaN(sum) ? 0 : sum));

/** Quantile at `share` of ascending values by linear interpolation, rounded as numpy rounds it. */
export const quantile = (sorted: Float64Array, share: number): number => {
  const h = (sorted.length - 1) * share;
  const k = Math.floor(h);
  const f = h - k;
  const a = sorted[k] as number;
  const b = sorted[Math.min(k + 1, sorted.length - 1)] as number;
  return f >= 0.5 ? b - (b - a) * (1 - f) : a + (b - a) * f;
};

/** The nine cuts between the ten bins. i·(1/B), not i/B: only so are they the cuts that numpy's `linspace` does not give. */
const psiCuts = (sorted: Float64Array): readonly number[] =>
  Array.from({ length: BINS - 1 }, (_, i) => quantile(sorted, (i + 1) * (1 / BINS)));

const edgesOf = (sorted: Float64Array, psiEdges: readonly number[]): Float64Array => {
  const cuts = new Float64Array(CUTS - 1 + psiEdges.length);
  for (let i = 1; i < CUTS; i++) cuts[i - 1] = quantile(sorted, i / CUTS);
  cuts.set(psiEdges, CUTS - 1);
  return Float64Array.from(new Set(sortDoubles(cuts)));
};

/** Counts ascending values into the cells of ascending distinct edges, in one merge. */
export const countSorted = (sorted: Float64Array, edges: Float64Array): Float64Array => {
  const cells = new Float64Array(2 * edges.length + 1);
  let at = 0;
  for (const v of sorted) {
    while (at < edges.length && (edges[at] as number) < v) at += 1;
    const cell = at < edges.length && edges[at] === v ? 2 * at + 1 : 2 * at;
    cells[cell] = (cells[cell] as number) + 1;
  }
  return cells;
};

const spreadOf = (sorted: Float64Array, mean: number): number => {
  let squares = 0;
  for (const v of sorted) squares += (v - mean) * (v - mean);
  return sorted.length === 0 ? 0 : bounded(Math.sqrt(squares / sorted.length));
};

const distinctOf = (sorted: Float64Array): number => {
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct += 1;
  return distinct;
};

/** What a column holds besides finite values. */
export type Apart = Pick<NumericCounts, "nulls" | "nan" | "negInf" | "posInf" | "notNumbers">;

/**
 * The profile of a reference column from its finite values, which are sorted in place (−0 counts as 0). `identity` must change with
 * the data, the column and `KERNEL_VERSION`.
 */
export const numericProfile = (
  field: string,
  identity: string,
  values: Float64Array,
  apart: Apart,
): NumericProfile => {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + 0;
  const sorted = sortDoubles(values);
  const n = sorted.length;
  const sum = bounded(sorted.reduce((total, v) => total + v, 0));
  const psiEdges = n === 0 ? [] : psiCuts(sorted);
  const edges = n === 0 ? new Float64Array(0) : edgesOf(sorted, psiEdges);
  return {
    kind: "numeric",
    field,
    identity,
    edges,
    psiEdges,
    counts: {
      kind: "numeric",
      identity,
      n,
      ...apart,
      min: n === 0 ? 0 : (sorted[0] as number),
      max: n === 0 ? 0 : (sorted[n - 1] as number),
      sum,
      cells: countSorted(sorted, edges),
    },
    sigma: spreadOf(sorted, n === 0 ? 0 : sum / n),
    distinct: distinctOf(sorted),
  };
};
