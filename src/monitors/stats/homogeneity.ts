import { chiSquaredTail } from "./gamma.ts";

/** A category expected less often than this in the smaller sample joins the pooled rest (Cochran's rule). */
const MIN_EXPECTED = 5;

/** Two-sample homogeneity of counts per category. */
export interface Homogeneity {
  readonly chiSquared: number;
  readonly df: number;
  readonly p: number;
  /** Bias-corrected Cramér's V in its balanced form, 0..1: it does not move with the ratio of the sample sizes. */
  readonly v: number;
  /** Largest difference of two shares before pooling, and the place of the category. */
  readonly largest: { readonly at: number; readonly difference: number };
}

const totalOf = (counts: readonly number[]): number => counts.reduce((sum, one) => sum + one, 0);

const expectedLeast = (r: number, c: number, share: number): number => (r + c) * share;

/** Joins rare categories into one last cell; while that cell is itself too rare, the rarest kept one joins it. */
const pool = (
  reference: readonly number[],
  current: readonly number[],
): readonly (readonly [number, number])[] => {
  const [n, m] = [totalOf(reference), totalOf(current)];
  const share = Math.min(n, m) / (n + m);
  const pairs = reference
    .map((r, i) => [r, current[i] ?? 0] as const)
    .filter(([r, c]) => r + c > 0)
    .sort((x, y) => y[0] + y[1] - (x[0] + x[1]));
  let kept = pairs.filter(([r, c]) => expectedLeast(r, c, share) >= MIN_EXPECTED).length;
  const rest = (): readonly [number, number] =>
    pairs
      .slice(kept)
      .reduce<readonly [number, number]>(([r, c], [dr, dc]) => [r + dr, c + dc], [0, 0]);
  while (kept > 0 && kept < pairs.length && expectedLeast(...rest(), share) < MIN_EXPECTED)
    kept -= 1;
  return kept === pairs.length ? pairs : [...pairs.slice(0, kept), rest()];
};

const largestShift = (reference: readonly number[], current: readonly number[]) => {
  const [n, m] = [totalOf(reference), totalOf(current)];
  return reference.reduce(
    (best, r, at) => {
      const difference = Math.abs(r / n - (current[at] ?? 0) / m);
      return difference > best.difference ? { at, difference } : best;
    },
    { at: 0, difference: 0 },
  );
};

/**
 * χ² of homogeneity of two lists of counts over the same categories, rare ones pooled (expected < 5), with the effect
 * V² = max(0, ½ Σ (p−q)²/(p+q) − (K−1)/4 · (1/n + 1/m)). Fewer than two categories: p 1, effect 0. RangeError when a side is empty.
 * Source: monitoring.md 2.3; never goodness-of-fit with the reference as truth, which doubles the variance.
 */
export const homogeneity = (
  reference: readonly number[],
  current: readonly number[],
): Homogeneity => {
  const [n, m] = [totalOf(reference), totalOf(current)];
  if (n === 0 || m === 0) throw new RangeError(`expected rows on both sides, got ${n} and ${m}`);
  const cells = pool(reference, current);
  const largest = largestShift(reference, current);
  if (cells.length < 2) return { chiSquared: 0, df: 0, p: 1, v: 0, largest };
  let [chiSquared, spread] = [0, 0];
  for (const [r, c] of cells) {
    const [er, ec] = [((r + c) * n) / (n + m), ((r + c) * m) / (n + m)];
    chiSquared += (r - er) ** 2 / er + (c - ec) ** 2 / ec;
    spread += (r / n - c / m) ** 2 / (r / n + c / m);
  }
  const df = cells.length - 1;
  const square = spread / 2 - (df / 4) * (1 / n + 1 / m);
  return {
    chiSquared,
    df,
    p: chiSquaredTail(chiSquared, df),
    v: Math.sqrt(Math.max(0, square)),
    largest,
  };
};
