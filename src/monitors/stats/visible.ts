import { bisect, chiSquaredTail, noncentralTail } from "./gamma.ts";

/** A "visible" effect is found with this probability. */
const POWER = 0.9;

/**
 * Smallest Kolmogorov–Smirnov distance that `n` reference and `m` current rows show with power .9 at level `alpha`: 0..1.
 * Source: D ≈ (√(−½ ln(α/2)) + .64)/√N with N = nm/(n+m) (monitoring.md 3.3).
 */
export const visibleDistance = (n: number, m: number, alpha: number): number =>
  Math.min(1, (Math.sqrt(-0.5 * Math.log(alpha / 2)) + 0.64) / Math.sqrt((n * m) / (n + m)));

/** Noncentrality that a χ² test of `df` degrees of freedom finds with power .9 at level `alpha`. */
const visibleNoncentrality = (df: number, alpha: number): number => {
  const limit = bisect((x) => alpha - chiSquaredTail(x, df), 0, 100 + 10 * df);
  return bisect((value) => noncentralTail(limit, df, value) - POWER, 0, 300 + 10 * df);
};

/** Degrees of freedom beyond which the noncentrality hardly changes. */
const MOST_DF = 1_000;

/**
 * Smallest Cramér's V over `df` + 1 categories that is found with power .9 at a level: 0..1. Made for one level, because finding the
 * noncentrality is slow and one per df is enough. Source: V ≈ ½√(λ(1/n + 1/m)), λ the noncentrality of χ²(df) (monitoring.md 3.3).
 */
export const createVisibleAssociation = (
  alpha: number,
): ((n: number, m: number, df: number) => number) => {
  const found = new Map<number, number>();
  return (n, m, df) => {
    const kept = Math.max(1, Math.min(df, MOST_DF));
    const lambda = found.get(kept) ?? visibleNoncentrality(kept, alpha);
    found.set(kept, lambda);
    return Math.min(1, 0.5 * Math.sqrt(lambda * (1 / n + 1 / m)));
  };
};
