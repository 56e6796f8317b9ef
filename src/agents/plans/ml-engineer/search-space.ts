import type { Facts } from "../../../spec/facts.ts";

/** One range that the tuner draws from; `whole` for integers, `log` for a logarithmic scale. */
export interface SearchRange {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly whole: boolean;
}

export type SearchSpace = Readonly<Record<string, Readonly<Record<string, SearchRange>>>>;

const real = (low: number, high: number): SearchRange => ({ low, high, log: true, whole: false });
const whole = (low: number, high: number, log = false): SearchRange => ({
  low,
  high,
  log,
  whole: true,
});

/** Rows of the training part. */
export const trainRows = (facts: Facts): number =>
  Math.round((facts.profile.rows - facts.target.nulls) * (1 - facts.split.holdoutShare));

/** Leaves hold between 5 rows and a twentieth of the training part: beyond that trees only memorise, or only average. */
const leafRows = (rows: number): SearchRange =>
  whole(5, Math.max(10, Math.min(500, Math.floor(rows / 20))), true);

/** Ranges by model family, bounded by the rows there are to learn from. */
export const searchSpace = (facts: Facts): SearchSpace => {
  const rows = trainRows(facts);
  const leaves = Math.max(8, Math.min(127, Math.floor(rows / 50)));
  return {
    hist_gradient_boosting: {
      learning_rate: real(0.02, 0.3),
      max_iter: whole(50, rows < 5_000 ? 200 : 400, true),
      max_leaf_nodes: whole(4, leaves, true),
      min_samples_leaf: leafRows(rows),
      l2_regularization: real(1e-3, 100),
      max_features: real(0.2, 1),
    },
    random_forest: { min_samples_leaf: leafRows(rows), max_features: real(0.05, 1) },
    additive:
      facts.target.kind === "regression" ? { alpha: real(1e-3, 1e3) } : { C: real(1e-3, 1e2) },
    linear:
      facts.target.kind === "regression" ? { alpha: real(1e-3, 1e3) } : { C: real(1e-3, 1e2) },
  };
};

/** The family worth tuning: boosting where rows fill its leaves (the data scientist's bound of 500), else the linear model. */
export const tunedFamily = (facts: Facts): "hist_gradient_boosting" | "linear" =>
  trainRows(facts) >= 500 ? "hist_gradient_boosting" : "linear";
