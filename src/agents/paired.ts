/** What two models said about the same rows. `score` is of the positive class or, for a regression, the value. */
export interface Answers {
  readonly scores: readonly number[];
  /** Class of each row; empty for a regression. */
  readonly labels: readonly string[];
}

export type PairedMetric = "roc_auc" | "average_precision" | "macro_f1" | "mae" | "rmse";

export interface PairedDifference {
  /** Metric of the new model minus that of the old one, and the ends of its 95 % interval. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly old: number;
  readonly now: number;
}

const RESAMPLES = 1_000;
const LEVEL = 0.95;

/** Numbers 0..1 from a seed (mulberry32, public domain by Tommy Ettinger): the same comparison gives the same interval. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** A metric of one model as a function of how often each row counts. */
type Weighted = (weights: Float64Array) => number;

/** Rows by score from the greatest on, equal ones in one group: what ranking metrics walk along. */
const groupsByScore = (scores: readonly number[]): readonly (readonly number[])[] => {
  const order = scores.map((_, row) => row).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const groups: number[][] = [];
  for (const row of order) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && scores[last[0]] === scores[row]) last.push(row);
    else groups.push([row]);
  }
  return groups;
};

const countsOf = (
  group: readonly number[],
  positive: readonly boolean[],
  weights: Float64Array,
) => {
  let [yes, no] = [0, 0];
  for (const row of group) {
    if (positive[row]) yes += weights[row] ?? 0;
    else no += weights[row] ?? 0;
  }
  return { yes, no };
};

/** Share of pairs of a positive and a negative that are ranked right, ties half (Mann–Whitney). */
const rocAuc = (scores: readonly number[], positive: readonly boolean[]): Weighted => {
  const groups = groupsByScore(scores);
  return (weights) => {
    let [yesSeen, noSeen, right] = [0, 0, 0];
    for (const group of groups) {
      const { no, yes } = countsOf(group, positive, weights);
      right += no * (yesSeen + yes / 2);
      yesSeen += yes;
      noSeen += no;
    }
    return right / (yesSeen * noSeen);
  };
};

/** Precision at each threshold weighted by the gain in recall (as scikit-learn's average_precision_score). */
const averagePrecision = (scores: readonly number[], positive: readonly boolean[]): Weighted => {
  const groups = groupsByScore(scores);
  return (weights) => {
    let [yesSeen, seen, sum] = [0, 0, 0];
    for (const group of groups) {
      const { no, yes } = countsOf(group, positive, weights);
      yesSeen += yes;
      seen += yes + no;
      if (seen > 0) sum += yes * (yesSeen / seen);
    }
    return sum / yesSeen;
  };
};

const f1Of = (
  one: string,
  labels: readonly string[],
  truth: readonly string[],
  weights: Float64Array,
): number | null => {
  let [hit, seen] = [0, 0];
  for (const [row, label] of truth.entries()) {
    const [isTrue, isSaid] = [Number(label === one), Number(labels[row] === one)];
    const weight = weights[row] ?? 0;
    hit += weight * isTrue * isSaid;
    seen += weight * (isTrue + isSaid);
  }
  return seen === 0 ? null : (2 * hit) / seen;
};

/** Mean of the F1 of each class that is there in truth or answers. */
const macroF1 = (labels: readonly string[], truth: readonly string[]): Weighted => {
  const classes = [...new Set([...labels, ...truth])];
  return (weights) => {
    const f1 = classes
      .map((one) => f1Of(one, labels, truth, weights))
      .filter((one): one is number => one !== null);
    return f1.reduce((sum, one) => sum + one, 0) / f1.length;
  };
};

const errorOf = (
  scores: readonly number[],
  truth: readonly number[],
  squared: boolean,
): Weighted => {
  const errors = scores.map((score, row) => {
    const error = Math.abs(score - (truth[row] ?? 0));
    return squared ? error * error : error;
  });
  return (weights) => {
    let [sum, rows] = [0, 0];
    for (const [row, error] of errors.entries()) {
      sum += error * (weights[row] ?? 0);
      rows += weights[row] ?? 0;
    }
    return squared ? Math.sqrt(sum / rows) : sum / rows;
  };
};

/** `truth` is "1" or "0" for a binary target, the class, or the value as text. */
const metricOf = (
  metric: PairedMetric,
  { labels, scores }: Answers,
  truth: readonly string[],
): Weighted => {
  const positive = truth.map((one) => one === "1");
  switch (metric) {
    case "roc_auc":
      return rocAuc(scores, positive);
    case "average_precision":
      return averagePrecision(scores, positive);
    case "macro_f1":
      return macroF1(labels, truth);
    case "mae":
    case "rmse":
      return errorOf(scores, truth.map(Number), metric === "rmse");
    default:
      return metric satisfies never;
  }
};

const quantile = (sorted: readonly number[], share: number): number => {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
};

/**
 * Difference of a metric between two models on the same rows, with the 95 % percentile interval of 1,000 resamples of the rows that both
 * see alike (paired bootstrap, Efron and Tibshirani 1993, chapter 16). Null where a resample never holds what the metric needs.
 */
export const pairedDifference = (
  metric: PairedMetric,
  truth: readonly string[],
  old: Answers,
  now: Answers,
  seed: number,
): PairedDifference | null => {
  const [before, after] = [metricOf(metric, old, truth), metricOf(metric, now, truth)];
  const whole = new Float64Array(truth.length).fill(1);
  const random = randomFrom(seed);
  const drawn: number[] = [];
  for (let at = 0; at < RESAMPLES; at++) {
    const weights = new Float64Array(truth.length);
    for (let row = 0; row < truth.length; row++) {
      const chosen = Math.floor(random() * truth.length);
      weights[chosen] = (weights[chosen] ?? 0) + 1;
    }
    const difference = after(weights) - before(weights);
    if (Number.isFinite(difference)) drawn.push(difference);
  }
  const [oldValue, nowValue] = [before(whole), after(whole)];
  if (drawn.length < RESAMPLES / 2 || !Number.isFinite(nowValue - oldValue)) return null;
  drawn.sort((a, b) => a - b);
  const tail = (1 - LEVEL) / 2;
  return {
    value: nowValue - oldValue,
    low: quantile(drawn, tail),
    high: quantile(drawn, 1 - tail),
    old: oldValue,
    now: nowValue,
  };
};

/** Whether the whole interval lies on the worse side of the margin: then the new model is worse, whatever chance did. */
export const isWorse = (
  { high, low }: PairedDifference,
  greaterIsBetter: boolean,
  margin: number,
): boolean => (greaterIsBetter ? high < -margin : low > margin);
