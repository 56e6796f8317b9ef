import { midranks } from "./midranks.ts";

/**
 * Kendall's τ-b of two lists in the same order, −1..1: pairs that agree against pairs that do not, corrected for ties; null when a list is
 * constant. Source: Kendall 1945; the same as scipy's `kendalltau`.
 */
export const kendallTau = (a: readonly number[], b: readonly number[]): number | null => {
  let [agree, tiesA, tiesB, pairs] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign((a[i] ?? 0) - (a[j] ?? 0)), Math.sign((b[i] ?? 0) - (b[j] ?? 0))];
      agree += x * y;
      tiesA += x === 0 ? 1 : 0;
      tiesB += y === 0 ? 1 : 0;
      pairs += 1;
    }
  }
  const scale = Math.sqrt((pairs - tiesA) * (pairs - tiesB));
  return scale === 0 ? null : agree / scale;
};

const pearson = (a: readonly number[], b: readonly number[]): number | null => {
  const n = a.length;
  const [ma, mb] = [a, b].map((list) => list.reduce((sum, v) => sum + v, 0) / n);
  let [top, va, vb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [(a[i] ?? 0) - (ma ?? 0), (b[i] ?? 0) - (mb ?? 0)];
    top += x * y;
    va += x * x;
    vb += y * y;
  }
  return va === 0 || vb === 0 ? null : top / Math.sqrt(va * vb);
};

/** Spearman's ρ of two lists in the same order, −1..1; null when a list is constant or empty. */
export const spearman = (a: readonly number[], b: readonly number[]): number | null =>
  a.length === 0 ? null : pearson(midranks(a), midranks(b));
