import { wilson } from "../stats/intervals.ts";
import { midranks } from "../stats/midranks.ts";
import { seededUniforms } from "../stats/seeded.ts";

/** A prediction joined with its label. For a binary model `actual` and `predicted` are "1" and "0". */
export interface Outcome {
  readonly score: number;
  readonly predicted: string;
  readonly actual: string;
}

/** A figure with its interval at 95 %. */
export interface Realised {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly method: string;
}

const Z95 = 1.959963984540054;
const DRAWS = 200;

const variance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length - 1);
};

/** Area under the ROC curve with DeLong's interval; null when only one class is there. Source: Sun and Xu 2014. */
export const rocAuc = (rows: readonly Outcome[], positive: string): Realised | null => {
  const x = rows.filter(({ actual }) => actual === positive).map(({ score }) => score);
  const y = rows.filter(({ actual }) => actual !== positive).map(({ score }) => score);
  const [m, n] = [x.length, y.length];
  if (m === 0 || n === 0) return null;
  const all = midranks([...x, ...y]);
  const [ofX, ofY] = [midranks(x), midranks(y)];
  const sum = all.slice(0, m).reduce((total, rank) => total + rank, 0);
  const value = (sum - (m * (m + 1)) / 2) / (m * n);
  const v10 = x.map((_, i) => ((all[i] ?? 0) - (ofX[i] ?? 0)) / n);
  const v01 = y.map((_, j) => 1 - ((all[m + j] ?? 0) - (ofY[j] ?? 0)) / m);
  const half = Z95 * Math.sqrt(variance(v10) / m + variance(v01) / n);
  return {
    value,
    low: Math.max(0, value - half),
    high: Math.min(1, value + half),
    method: "DeLong",
  };
};

const macroF1 = (rows: readonly Outcome[]): number => {
  const counts = new Map<string, { tp: number; said: number; came: number }>();
  const of = (label: string) => {
    const found = counts.get(label) ?? { tp: 0, said: 0, came: 0 };
    counts.set(label, found);
    return found;
  };
  for (const { actual, predicted } of rows) {
    of(actual).came += 1;
    of(predicted).said += 1;
    if (actual === predicted) of(actual).tp += 1;
  }
  const scores = [...counts.values()].map(({ came, said, tp }) => (2 * tp) / (said + came));
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
};

const averagePrecision = (rows: readonly Outcome[], positive: string): number => {
  const sorted = [...rows].sort((a, b) => b.score - a.score);
  const total = rows.filter(({ actual }) => actual === positive).length;
  let [hits, seen, area] = [0, 0, 0];
  for (let i = 0; i < sorted.length; ) {
    const score = sorted[i]?.score;
    const before = hits;
    for (; i < sorted.length && sorted[i]?.score === score; i++) {
      seen += 1;
      if (sorted[i]?.actual === positive) hits += 1;
    }
    area += ((hits - before) / Math.max(1, total)) * (hits / seen);
  }
  return area;
};

const errors = (rows: readonly Outcome[]): readonly number[] =>
  rows.map(({ actual, score }) => Number(actual) - score);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);

const SIMPLE: Readonly<Record<string, (rows: readonly Outcome[], positive: string) => number>> = {
  macro_f1: macroF1,
  average_precision: averagePrecision,
  mae: (rows) => mean(errors(rows).map(Math.abs)),
  rmse: (rows) => Math.sqrt(mean(errors(rows).map((error) => error * error))),
};

const bootstrap = (
  rows: readonly Outcome[],
  of: (sample: readonly Outcome[]) => number,
): Realised => {
  const next = seededUniforms(rows.length);
  const draws = Array.from({ length: DRAWS }, () =>
    of(rows.map((row) => rows[Math.floor(next() * rows.length)] ?? row)),
  ).sort((a, b) => a - b);
  return {
    value: of(rows),
    low: draws[Math.floor(0.025 * DRAWS)] ?? Number.NaN,
    high: draws[Math.ceil(0.975 * DRAWS) - 1] ?? Number.NaN,
    method: `bootstrap, ${DRAWS} draws`,
  };
};

/** Metrics of which less is better. */
export const isLoss = (metric: string): boolean => metric === "mae" || metric === "rmse";

/**
 * A metric of joined rows with its interval; null when it is undefined for them or unknown: `accuracy` (Wilson), `roc_auc` (DeLong),
 * `average_precision`, `macro_f1`, `mae`, `rmse` (seeded bootstrap).
 */
export const realisedMetric = (
  metric: string,
  rows: readonly Outcome[],
  positive: string,
): Realised | null => {
  if (rows.length === 0) return null;
  if (metric === "roc_auc") return rocAuc(rows, positive);
  if (metric === "accuracy") {
    const hits = rows.filter(({ actual, predicted }) => actual === predicted).length;
    return { value: hits / rows.length, ...wilson(hits, rows.length), method: "Wilson" };
  }
  const simple = SIMPLE[metric];
  return simple ? bootstrap(rows, (sample) => simple(sample, positive)) : null;
};
