/** Terms of Stirling's series for ln Γ: B(2k) / (2k(2k−1)). Source: Abramowitz and Stegun 6.1.41. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
];
/** From here on the series is exact to the last digit of a double. */
const LARGE = 15;
const MOST_TERMS = 100_000;

/** ln Γ(x) for x > 0, to about 1e-15 of its size. */
export const lnGamma = (x: number): number => {
  let shift = 0;
  let at = x;
  while (at < LARGE) {
    shift += Math.log(at);
    at += 1;
  }
  const square = 1 / (at * at);
  let power = 1 / at;
  let series = 0;
  for (const term of STIRLING) {
    series += term * power;
    power *= square;
  }
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
};

const lowerSeries = (a: number, x: number): number => {
  let term = 1 / a;
  let total = term;
  for (let step = a + 1; term > total * 1e-17 && step < a + MOST_TERMS; step++) {
    term *= x / step;
    total += term;
  }
  return total;
};

/** Lentz's continued fraction of Γ(a, x). */
const upperFraction = (a: number, x: number): number => {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < MOST_TERMS; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return h;
};

/**
 * Regularised upper incomplete gamma function Q(a, x), 0..1, for a > 0: the series below x = a + 1, the continued fraction above.
 * Source: Numerical Recipes 6.2.
 */
export const gammaQ = (a: number, x: number): number => {
  if (x <= 0) return 1;
  if (!Number.isFinite(x)) return 0;
  const scale = Math.exp(-x + a * Math.log(x) - lnGamma(a));
  return x < a + 1
    ? Math.max(0, 1 - lowerSeries(a, x) * scale)
    : Math.min(1, upperFraction(a, x) * scale);
};

/** P(χ² with `df` degrees of freedom > x). */
export const chiSquaredTail = (x: number, df: number): number => gammaQ(df / 2, x / 2);

/** Below this a weight e^(−half) is no zero, and each term follows from the one before it. */
const MOST_HALF = 600;

/** P(noncentral χ² > x): a Poisson mixture of central ones. Source: Johnson and Kotz, ch. 29. */
export const noncentralTail = (x: number, df: number, noncentrality: number): number => {
  const half = noncentrality / 2;
  if (half === 0) return chiSquaredTail(x, df);
  const a = df / 2;
  const last = Math.ceil(half + 12 * Math.sqrt(half + 1) + 20);
  const follows = half < MOST_HALF;
  const weightAt = (k: number) => Math.exp(k * Math.log(half) - half - lnGamma(k + 1));
  const stepAt = (k: number) => Math.exp((a + k) * Math.log(x / 2) - x / 2 - lnGamma(a + k + 1));
  let [tail, total, weight, step] = [chiSquaredTail(x, df), 0, weightAt(0), stepAt(0)];
  for (let k = 0; k < last; k++) {
    total += weight * tail;
    tail += step;
    weight = follows ? (weight * half) / (k + 1) : weightAt(k + 1);
    step = follows ? (step * x) / 2 / (a + k + 1) : stepAt(k + 1);
  }
  return Math.min(1, total);
};

/** Where a rising function crosses zero between `low` and `high`. */
export const bisect = (rises: (x: number) => number, low: number, high: number): number => {
  let [from, to] = [low, high];
  for (let i = 0; i < 60; i++) {
    const middle = (from + to) / 2;
    if (rises(middle) < 0) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
};
