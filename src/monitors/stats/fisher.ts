import { lnGamma } from "./gamma.ts";

/** From this expected count on χ² of two proportions is good enough (Cochran's rule). */
const LEAST_EXPECTED = 5;
/** Tables whose probabilities agree to this count as equally likely. */
const SAME = 1e-7;

const lnChoose = (n: number, k: number): number =>
  lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);

/** Whether some cell of the table of two shares is expected too seldom for χ². */
export const isRare = (a: number, n: number, b: number, m: number): boolean => {
  const smaller = Math.min(n, m) / (n + m);
  return Math.min(a + b, n + m - a - b) * smaller < LEAST_EXPECTED;
};

/**
 * Two-sided p of Fisher's exact test that `a` of `n` and `b` of `m` come from one share: the sum over all tables that are no likelier than
 * the one seen. For rare events, where χ² pools the very category that is asked about. Source: Fisher 1935; scipy's `fisher_exact`.
 */
export const fisherP = (a: number, n: number, b: number, m: number): number => {
  const hits = a + b;
  const whole = lnChoose(n + m, hits);
  const ln = (k: number): number => lnChoose(n, hits - k) + lnChoose(m, k) - whole;
  const seen = ln(b);
  let p = 0;
  for (let k = Math.max(0, hits - n); k <= Math.min(m, hits); k++) {
    const one = ln(k);
    if (one <= seen + SAME) p += Math.exp(one);
  }
  return Math.min(1, p);
};
