const POWER = 0.9;

/** ln Γ(x) for x > 0 (Lanczos, g = 7); relative error below 1e-13. */
const lnGamma = (x: number): number => {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const y = x - 1;
  const series = terms.reduce((sum, term, i) => sum + term / (y + i + 1), 0.9999999999998099);
  const base = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(base) - base + Math.log(series);
};

const gammaSeries = (a: number, x: number): number => {
  let term = 1 / a;
  let total = term;
  for (let step = a + 1; Math.abs(term) > Math.abs(total) * 1e-16; step++) {
    term *= x / step;
    total += term;
  }
  return total;
};

const gammaFraction = (a: number, x: number): number => {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 10_000; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return h;
};

/** P(χ² with `df` degrees of freedom > x): series below x/2 = df/2 + 1, continued fraction above it (monitoring.md 2.3). */
const chiSquaredTail = (x: number, df: number): number => {
  if (x <= 0) return 1;
  const [a, half] = [df / 2, x / 2];
  const scale = Math.exp(-half + a * Math.log(half) - lnGamma(a));
  return half < a + 1
    ? Math.max(0, 1 - gammaSeries(a, half) * scale)
    : gammaFraction(a, half) * scale;
};

/** P(noncentral χ² > x): a Poisson mixture of central ones. */
const noncentralTail = (x: number, df: number, noncentrality: number): number => {
  const half = noncentrality / 2;
  if (half === 0) return chiSquaredTail(x, df);
  const last = Math.ceil(half + 12 * Math.sqrt(half + 1) + 20);
  return Array.from({ length: last }, (_, k) => {
    const weight = Math.exp(k * Math.log(half) - half - lnGamma(k + 1));
    return weight < 1e-14 ? 0 : weight * chiSquaredTail(x, df + 2 * k);
  }).reduce((sum, part) => sum + part, 0);
};

/** Root of an increasing function between `low` and `high`. */
const bisect = (rises: (x: number) => number, low: number, high: number): number => {
  let [from, to] = [low, high];
  for (let i = 0; i < 80; i++) {
    const middle = (from + to) / 2;
    if (rises(middle) < 0) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
};

/**
 * Smallest Kolmogorov–Smirnov distance that `n` reference and `m` current rows show with power .9 at level `alpha`: 0..1.
 * Source: D ≈ (√(−½ ln(α/2)) + .64)/√N with N = nm/(n+m) (monitoring.md 3.3).
 */
export const visibleDistance = (n: number, m: number, alpha: number): number =>
  Math.min(1, (Math.sqrt(-0.5 * Math.log(alpha / 2)) + 0.64) / Math.sqrt((n * m) / (n + m)));

/**
 * Smallest Cramér's V over `df` + 1 categories that is found with power .9 at level `alpha`: 0..1.
 * Source: V ≈ ½√(λ(1/n + 1/m)), λ the noncentrality of χ²(df) (monitoring.md 3.3).
 */
export const visibleAssociation = (n: number, m: number, df: number, alpha: number): number => {
  const limit = bisect((x) => alpha - chiSquaredTail(x, df), 0, 50 + 10 * df);
  const lambda = bisect((value) => noncentralTail(limit, df, value) - POWER, 0, 200 + 10 * df);
  return Math.min(1, 0.5 * Math.sqrt(lambda * (1 / n + 1 / m)));
};
