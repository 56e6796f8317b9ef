/** Up to so many rows on the larger side the p-value is exact (monitoring.md 2.3). */
export const EXACT_ROWS = 10_000;
/** Below this the asymptotic value is taken: nobody decides on its digits. */
const TINY = 1e-12;

/**
 * P(D ≥ gap/(n·m)) for two samples without ties, by the recursion over lattice paths; only the band of paths that stay inside the
 * gap is visited, and all terms are positive, so small values keep their digits. `gap` is the integer max |i·m − j·n|.
 * Source: Hodges 1958; the same recursion as scipy's `ks_2samp(method="exact")`.
 */
export const ksExactP = (n: number, m: number, gap: number): number => {
  if (gap <= 0) return 1;
  const row = new Float64Array(m + 1).fill(1);
  for (let i = 0; i <= n; i++) {
    const first = Math.max(0, Math.floor((i * m - gap) / n) + 1);
    const last = Math.min(m, Math.ceil((i * m + gap) / n) - 1);
    let left = 1;
    for (let j = first; j <= last; j++) {
      left = i + j === 0 ? 0 : (i * (row[j] ?? 1) + j * left) / (i + j);
      row[j] = left;
    }
  }
  return Math.min(1, row[m] ?? 1);
};

/**
 * Kolmogorov's series at N = nm/(n+m), rounded, with the correction of Vrbik 2018: 0..1. Distance to scipy's asymptotic p is at
 * most .025/N.
 */
export const ksAsymptoticP = (n: number, m: number, d: number): number => {
  const size = Math.max(1, Math.round((n * m) / (n + m)));
  const z = d * Math.sqrt(size);
  const x = z + 1 / (6 * Math.sqrt(size)) + (z - 1) / (4 * size);
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = 2 * Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-300) break;
  }
  return Math.min(1, Math.max(0, sum));
};

/** p of a two-sample distance `d` (0..1) and how it was found. Ties make the exact value conservative. */
export const ksP = (
  n: number,
  m: number,
  d: number,
): { readonly p: number; readonly exact: boolean } => {
  if (d <= 0) return { p: 1, exact: Math.max(n, m) <= EXACT_ROWS };
  const asymptotic = ksAsymptoticP(n, m, d);
  if (Math.max(n, m) > EXACT_ROWS || asymptotic < TINY) return { p: asymptotic, exact: false };
  return { p: ksExactP(n, m, Math.round(d * n * m)), exact: true };
};
