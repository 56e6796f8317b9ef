const Z95 = 1.959963984540054;

/** Wilson's interval of a share: `hits` of `of`, at 95 % unless `z` says otherwise; 0..1 when nothing was seen. Source: Wilson 1927. */
export const wilson = (
  hits: number,
  of: number,
  z = Z95,
): { readonly low: number; readonly high: number } => {
  if (of === 0) return { low: 0, high: 1 };
  const p = hits / of;
  const scale = 1 + (z * z) / of;
  const middle = (p + (z * z) / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
};

/** The middle value; NaN for none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[half] ?? Number.NaN)
    : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
};

/**
 * How far a value lies from the others, in robust standard deviations: |x − median| / (1.4826·MAD), the MAD being at least
 * `leastShare` of the median, so that a constant series is no division by zero.
 */
export const robustZ = (value: number, others: readonly number[], leastShare = 0.01): number => {
  const middle = median(others);
  const spread = median(others.map((other) => Math.abs(other - middle)));
  const least = Math.max(spread, leastShare * Math.abs(middle), Number.MIN_VALUE);
  return Math.abs(value - middle) / (1.4826 * least);
};
