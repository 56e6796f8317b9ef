import { BugError } from "../../lib/errors.ts";
import type { CategoricalCounts } from "./categorical-profile.ts";
import { bounded, type NumericCounts } from "./numeric-profile.ts";

export type Counts = NumericCounts | CategoricalCounts;

const mergeNumeric = (a: NumericCounts, b: NumericCounts): NumericCounts => ({
  kind: "numeric",
  identity: a.identity,
  n: a.n + b.n,
  nulls: a.nulls + b.nulls,
  nan: a.nan + b.nan,
  negInf: a.negInf + b.negInf,
  posInf: a.posInf + b.posInf,
  notNumbers: a.notNumbers + b.notNumbers,
  min: a.n === 0 ? b.min : b.n === 0 ? a.min : Math.min(a.min, b.min),
  max: a.n === 0 ? b.max : b.n === 0 ? a.max : Math.max(a.max, b.max),
  sum: bounded(a.sum + b.sum),
  cells: a.cells.map((count, i) => count + (b.cells[i] as number)),
});

const mergeTop = (
  a: CategoricalCounts["freshTop"],
  b: CategoricalCounts["freshTop"],
): CategoricalCounts["freshTop"] => {
  const sums = new Map<string, number>();
  for (const { count, value } of [...a, ...b]) sums.set(value, (sums.get(value) ?? 0) + count);
  return [...sums]
    .map(([value, count]) => ({ value, count }))
    .sort((x, y) => y.count - x.count || (x.value < y.value ? -1 : 1))
    .slice(0, 5);
};

/** Adds the counters of two windows, shards or segments. BugError COUNTS_DIFFER when they do not come from one profile. */
export const mergeCounts = (a: Counts, b: Counts): Counts => {
  if (a.kind === "numeric" && b.kind === "numeric" && a.identity === b.identity)
    return mergeNumeric(a, b);
  if (a.kind === "categorical" && b.kind === "categorical" && a.identity === b.identity) {
    return {
      ...a,
      n: a.n + b.n,
      nulls: a.nulls + b.nulls,
      counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)),
      other: a.other + b.other,
      fresh: a.fresh + b.fresh,
      freshTop: mergeTop(a.freshTop, b.freshTop),
    };
  }
  throw new BugError("COUNTS_DIFFER", "expected counters of the same profile");
};

/** Rows a counter has seen, with and without a value. */
export const rowsOf = (counts: Counts): number =>
  counts.kind === "categorical"
    ? counts.n + counts.nulls
    : counts.n + counts.nulls + counts.nan + counts.negInf + counts.posInf + counts.notNumbers;
