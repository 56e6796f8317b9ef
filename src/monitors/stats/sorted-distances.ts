/** Distances of two samples, found in one merge of their sorted values. */
export interface SortedDistances {
  /** Kolmogorov–Smirnov D, 0..1. */
  readonly ks: number;
  /** Area between the two distribution functions, in the unit of the values: 1-Wasserstein distance. */
  readonly wasserstein: number;
}

/** How far equal values reach from `from`, where they are `value`. */
const pass = (sorted: Float64Array, from: number, value: number): number => {
  let at = from;
  while (at < sorted.length && sorted[at] === value) at += 1;
  return at;
};

/**
 * D and W1 of two ascending samples of finite values, neither empty; RangeError otherwise. At each distinct value all equal values of
 * both sides are passed before the gap is taken, as ties demand.
 */
export const sortedDistances = (a: Float64Array, b: Float64Array): SortedDistances => {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) throw new RangeError(`expected values on both sides, got ${n} and ${m}`);
  let [i, j, ks, wasserstein] = [0, 0, 0, 0];
  let before = Math.min(a[0] as number, b[0] as number);
  let gap = 0;
  while (i < n || j < m) {
    const v = Math.min(i < n ? (a[i] as number) : Infinity, j < m ? (b[j] as number) : Infinity);
    wasserstein += gap * (v - before);
    i = pass(a, i, v);
    j = pass(b, j, v);
    gap = Math.abs(i / n - j / m);
    if (gap > ks) ks = gap;
    before = v;
  }
  return { ks, wasserstein };
};
