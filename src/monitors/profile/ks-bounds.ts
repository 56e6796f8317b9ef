import { BINS, type NumericCounts, type NumericProfile } from "./numeric-profile.ts";

/** Proven bounds: the true distance lies in [lo, hi]. */
export interface Bounds {
  readonly lo: number;
  readonly hi: number;
}

/**
 * Bounds of the Kolmogorov–Smirnov distance from counts over the same cells; neither side empty. lo is the largest gap at a cell's end,
 * hi adds what an open cell could hide: all of one side's values before all of the other's (monitoring.md 2.3).
 */
export const ksBounds = (reference: NumericCounts, current: NumericCounts): Bounds => {
  const [n, m] = [reference.n, current.n];
  let [r, c, lo, hi] = [0, 0, 0, 0];
  for (let cell = 0; cell < reference.cells.length; cell++) {
    const dr = reference.cells[cell] as number;
    const dc = current.cells[cell] as number;
    if (cell % 2 === 0) hi = Math.max(hi, (r + dr) / n - c / m, (c + dc) / m - r / n);
    r += dr;
    c += dc;
    lo = Math.max(lo, Math.abs(r / n - c / m));
  }
  return { lo, hi: Math.max(lo, hi) };
};

/**
 * Bounds of the 1-Wasserstein distance in the unit of the values: each open cell's width times the least and the greatest gap that its
 * counts allow, the outer cells closed with the extremes of both sides.
 */
export const wassersteinBounds = (
  edges: Float64Array,
  reference: NumericCounts,
  current: NumericCounts,
): Bounds => {
  const [n, m] = [reference.n, current.n];
  let [r, c, lo, hi] = [0, 0, 0, 0];
  let from = Math.min(reference.min, current.min);
  const top = Math.max(reference.max, current.max);
  for (let cell = 0; cell < reference.cells.length; cell++) {
    const dr = reference.cells[cell] as number;
    const dc = current.cells[cell] as number;
    if (cell % 2 === 0) {
      const to = cell / 2 < edges.length ? (edges[cell / 2] as number) : top;
      const width = Math.max(0, to - from);
      const least = r / n - (c + dc) / m;
      const most = (r + dr) / n - c / m;
      lo += least <= 0 && most >= 0 ? 0 : width * Math.min(Math.abs(least), Math.abs(most));
      hi += width * Math.max(Math.abs(least), Math.abs(most));
      from = Math.max(from, to);
    }
    r += dr;
    c += dc;
  }
  return { lo, hi };
};

/** Shares of the ten left-closed bins between the reference's deciles; a side without values has shares of zero. */
export const binShares = (profile: NumericProfile, counts: NumericCounts): readonly number[] => {
  const { edges, psiEdges } = profile;
  const bins = new Array<number>(BINS).fill(0);
  let bin = 0;
  for (let cell = 0; cell < counts.cells.length; cell++) {
    // An odd cell is an edge: its own values already belong to the bin on the right.
    const edge = cell % 2 === 1 ? (edges[(cell - 1) / 2] as number) : Number.NaN;
    while (bin < psiEdges.length && edge >= (psiEdges[bin] as number)) bin += 1;
    bins[bin] = (bins[bin] ?? 0) + (counts.cells[cell] as number);
  }
  return bins.map((count) => (counts.n === 0 ? 0 : count / counts.n));
};
