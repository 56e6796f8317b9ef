/** A prediction and what turned out: `score` 0..1 and `label` 0 or 1. */
export interface Scored {
  readonly score: number;
  readonly label: number;
}

/** A rising step function from scores to probabilities: `values[i]` holds from `from[i]` on. Plain JSON. */
export interface Calibration {
  readonly from: readonly number[];
  readonly values: readonly number[];
}

const BINS = 10;

/**
 * Isotonic regression of label on score by pool adjacent violators: the rising step function with the least squared error.
 * Source: Barlow et al. 1972. Empty input: the identity, as an empty calibration.
 */
export const fitIsotonic = (rows: readonly Scored[]): Calibration => {
  const sorted = [...rows].sort((a, b) => a.score - b.score);
  const blocks: { from: number; sum: number; count: number }[] = [];
  for (const { label, score } of sorted) {
    const last = blocks.at(-1);
    if (last && last.from === score) {
      last.sum += label;
      last.count += 1;
    } else blocks.push({ from: score, sum: label, count: 1 });
  }
  const pooled: { from: number; sum: number; count: number }[] = [];
  for (const block of blocks) {
    let joined = block;
    for (
      let last = pooled.at(-1);
      last && last.sum / last.count >= joined.sum / joined.count;
      last = pooled.at(-1)
    ) {
      pooled.pop();
      joined = { from: last.from, sum: last.sum + joined.sum, count: last.count + joined.count };
    }
    pooled.push(joined);
  }
  return {
    from: pooled.map(({ from }) => from),
    values: pooled.map(({ count, sum }) => sum / count),
  };
};

/** The probability that a calibration gives a score; the score itself, kept in 0..1, where it is empty. */
export const calibrate = ({ from, values }: Calibration, score: number): number => {
  if (from.length === 0) return Math.min(1, Math.max(0, score));
  let [low, high] = [0, from.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((from[middle] as number) <= score) low = middle;
    else high = middle - 1;
  }
  return values[low] as number;
};

/** Expected calibration error over ten equal bins of the probability, 0..1: the mean gap between what was said and what came. */
export const calibrationError = (rows: readonly Scored[]): number => {
  const bins = Array.from({ length: BINS }, () => ({ said: 0, came: 0, count: 0 }));
  for (const { label, score } of rows) {
    const bin = bins[Math.min(BINS - 1, Math.floor(score * BINS))];
    if (!bin) continue;
    bin.said += score;
    bin.came += label;
    bin.count += 1;
  }
  const gaps = bins.reduce((sum, { came, said }) => sum + Math.abs(said - came), 0);
  return rows.length === 0 ? 0 : gaps / rows.length;
};

/**
 * The calibration to use: fitted on every second row, kept only where the error on the other rows falls, else the identity. Order of
 * `rows` should carry no meaning (monitoring.md 4).
 */
export const chooseCalibration = (rows: readonly Scored[]): Calibration => {
  const fitted = fitIsotonic(rows.filter((_, i) => i % 2 === 0));
  const others = rows.filter((_, i) => i % 2 === 1);
  const after = others.map(({ label, score }) => ({ score: calibrate(fitted, score), label }));
  return calibrationError(after) < calibrationError(others) ? fitted : { from: [], values: [] };
};
