/** Counted in place of an empty bin's share, or the logarithm would be infinite (monitoring.md 2.3). */
export const EMPTY_SHARE = 1e-4;

const check = (reference: readonly number[], current: readonly number[]): void => {
  if (reference.length !== current.length)
    throw new RangeError(`expected ${reference.length} bins, got ${current.length}`);
};

/**
 * Population stability index: how far `current` has moved from `reference`. Reported beside drift, never a trigger.
 * Both are shares of the same bins, each 0..1, summing to 1. Result: unitless, ≥ 0, 0 when equal. RangeError when they differ in number.
 */
export const psi = (reference: readonly number[], current: readonly number[]): number => {
  check(reference, current);
  return reference.reduce((sum, share, i) => {
    const p = share === 0 ? EMPTY_SHARE : share;
    const q = current[i] === 0 ? EMPTY_SHARE : (current[i] as number);
    return sum + (p - q) * Math.log(p / q);
  }, 0);
};

/** What PSI is on average when nothing has moved: (B−1)(1/n + 1/m) (monitoring.md 2.3). */
export const psiNoise = (bins: number, n: number, m: number): number =>
  (bins - 1) * (1 / n + 1 / m);

const entropyPart = (p: number, a: number): number => (p === 0 ? 0 : p * Math.log2(p / a));

/**
 * Jensen–Shannon distance in base 2 of two lists of shares over the same bins: 0..1. RangeError when they differ in number.
 * Source: Endres and Schindelin 2003; the same as scipy's `jensenshannon(base=2)`.
 */
export const jensenShannon = (reference: readonly number[], current: readonly number[]): number => {
  check(reference, current);
  const sum = reference.reduce((total, p, i) => {
    const q = current[i] as number;
    const a = (p + q) / 2;
    return total + entropyPart(p, a) + entropyPart(q, a);
  }, 0);
  return Math.sqrt(Math.max(0, sum / 2));
};
