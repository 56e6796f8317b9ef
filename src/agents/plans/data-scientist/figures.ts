import type { Facts } from "../../../spec/facts.ts";

/** Two-sided 95 % quantile of the normal distribution. */
const Z95 = 1.959964;

/** Standard error of an AUC (Hanley and McNeil, Radiology 143, 1982). `auc` 0.5..1, counts > 0. */
export const aucError = (auc: number, positives: number, negatives: number): number => {
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc * auc) / (1 + auc);
  const variance =
    auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc);
  return Math.sqrt(Math.max(variance, 0) / (positives * negatives));
};

/** What the hold-out can tell: half width of the metric's 95 % interval now, and the rows that the target width takes. */
export interface DataNeeds {
  readonly holdout_rows: number;
  readonly holdout_positives: number | null;
  readonly half_width: number;
  readonly wanted_half_width: number;
  readonly rows_needed: number;
  readonly enough: boolean;
  readonly formula: string;
}

const bestValue = (facts: Facts): number =>
  facts.baseline.bestColumn?.value ?? facts.baseline.trivial.value;

/** Half width at `rows` hold-out rows, for the metric's kind. Shares of classes follow the measured balance. */
const halfWidthAt = (facts: Facts, rows: number): number => {
  const rate = facts.target.baseRate ?? 0.5;
  const value = bestValue(facts);
  switch (facts.baseline.metric) {
    case "roc_auc": {
      const auc = Math.min(0.99, Math.max(0.5, value));
      return Z95 * aucError(auc, Math.max(1, rows * rate), Math.max(1, rows * (1 - rate)));
    }
    // Both are means over cases of a class, so the rarer class's cases set the width.
    case "average_precision":
      return Z95 * Math.sqrt(0.25 / Math.max(1, rows * Math.min(rate, 1 - rate)));
    case "macro_f1": {
      const least = Math.min(...facts.target.classes.map((entry) => entry.count), Infinity);
      const share = Number.isFinite(least) ? least / Math.max(facts.profile.rows, 1) : 0.5;
      return Z95 * Math.sqrt(0.25 / Math.max(1, rows * share * facts.target.classes.length));
    }
    // The absolute or squared error scatters about as much as its own size.
    case "mae":
    case "rmse":
      return (Z95 * Math.abs(facts.baseline.trivial.value) * 0.75) / Math.sqrt(Math.max(1, rows));
  }
};

const FORMULAS = {
  roc_auc: "Hanley and McNeil 1982 at the best column's value",
  average_precision: "binomial bound over the rarer class",
  macro_f1: "binomial bound over the rarest class",
  mae: "standard error of the absolute error, spread 0.75 of its mean (half-normal)",
  rmse: "standard error of the squared error, relative spread 0.75",
} as const;

/** The half width that would settle the question: the stated margin, else 0.02, or 5 % of the trivial error. */
const wantedWidth = (facts: Facts, margin: number): number => {
  if (margin > 0) return margin;
  const error = facts.baseline.metric === "mae" || facts.baseline.metric === "rmse";
  return error ? 0.05 * Math.abs(facts.baseline.trivial.value) : 0.02;
};

const round = (value: number): number => Number(value.toPrecision(4));

/** Rows that make the metric's interval as narrow as the margin; `enough` is false where this dataset falls short. */
export const dataNeeds = (facts: Facts, margin: number): DataNeeds => {
  const share = facts.split.holdoutShare;
  const rows = Math.round((facts.profile.rows - facts.target.nulls) * share);
  const wanted = wantedWidth(facts, margin);
  const now = halfWidthAt(facts, rows);
  // The width shrinks with the square root of the rows in each of these formulas.
  const needed = wanted > 0 ? Math.ceil((rows * (now / wanted) ** 2) / share) : 0;
  const rate = facts.target.kind === "binary" ? facts.target.baseRate : null;
  return {
    holdout_rows: rows,
    holdout_positives: rate === null ? null : Math.round(rows * rate),
    half_width: round(now),
    wanted_half_width: round(wanted),
    rows_needed: needed,
    enough: now <= wanted,
    formula: FORMULAS[facts.baseline.metric],
  };
};
