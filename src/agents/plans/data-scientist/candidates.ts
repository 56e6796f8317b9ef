import type { Facts } from "../../../spec/facts.ts";

/** One model that `make train` fits; `params` are those of scikit-learn. */
export interface Candidate {
  readonly name: string;
  readonly family: "dummy" | "linear" | "hist_gradient_boosting" | "random_forest";
  readonly params: Readonly<Record<string, number | string>>;
  readonly reason: string;
}

export interface RuledOut {
  readonly family: string;
  readonly reason: string;
}

/** Boosting needs rows to fill its leaves: below this its validation scores scatter more than its gain. */
const BOOSTING_ROWS = 500;
/** A forest of deep trees on more rows than this outweighs the stated model size and training minutes. */
const FOREST_ROWS = 200_000;
/** Rows per feature under which a linear model needs strong shrinkage. */
const THIN = 20;

/** Features after one-hot coding, the width that a linear model sees. */
export const widthOf = (facts: Facts): number =>
  facts.features.reduce(
    (sum, feature) =>
      sum +
      (feature.transform === "one_hot" ? (feature.categories?.length ?? 10) + 2 : 1) +
      (feature.missingFlag ? 1 : 0),
    0,
  );

/** Rows that train: everything but the hold-out. */
export const trainRows = (facts: Facts): number =>
  Math.round((facts.profile.rows - facts.target.nulls) * (1 - facts.split.holdoutShare));

const imbalanced = (facts: Facts): boolean =>
  facts.target.kind === "binary" &&
  facts.target.baseRate !== null &&
  Math.min(facts.target.baseRate, 1 - facts.target.baseRate) < 0.02;

const dummy = (facts: Facts): Candidate => ({
  name: "trivial",
  family: "dummy",
  params: { strategy: facts.target.kind === "regression" ? "mean" : "prior" },
  reason: `the figure to beat: ${facts.baseline.trivial.rule} gives ${facts.baseline.metric} ${facts.baseline.trivial.value}`,
});

const linear = (facts: Facts): Candidate => {
  const perFeature = trainRows(facts) / Math.max(widthOf(facts), 1);
  const strength = perFeature < THIN ? 0.1 : 1;
  return {
    name: "linear",
    family: "linear",
    params: facts.target.kind === "regression" ? { alpha: 1 / strength } : { C: strength },
    reason: `${Math.round(perFeature)} training rows per coded feature; ${strength < 1 ? "few, so shrunk strongly" : "enough for plain shrinkage"}; its weights can be read`,
  };
};

const boosting = (facts: Facts): Candidate => {
  const rows = trainRows(facts);
  return {
    name: "boosting",
    family: "hist_gradient_boosting",
    params: {
      learning_rate: rows < 5_000 ? 0.05 : 0.1,
      max_iter: rows < 5_000 ? 150 : 200,
      max_leaf_nodes: rows < 5_000 ? 15 : 31,
      min_samples_leaf: Math.max(10, Math.min(100, Math.round(rows / 200))),
    },
    reason: `${rows} training rows fill leaves of ${Math.max(10, Math.min(100, Math.round(rows / 200)))}; finds interactions that single columns do not show`,
  };
};

const forest = (facts: Facts): Candidate => ({
  name: "forest",
  family: "random_forest",
  params: {
    n_estimators: 200,
    min_samples_leaf: Math.max(2, Math.min(20, Math.round(trainRows(facts) / 1_000))),
  },
  reason: `${trainRows(facts)} training rows are few enough for full trees within ${facts.sizing.trainMinutes} minutes; less to tune than boosting`,
});

/** Which models are tried on this dataset and which are not, each with the figure that decided. */
export const candidatesOf = (
  facts: Facts,
): { readonly candidates: readonly Candidate[]; readonly ruledOut: readonly RuledOut[] } => {
  const rows = trainRows(facts);
  const useForest = rows < FOREST_ROWS && !imbalanced(facts);
  return {
    candidates: [
      dummy(facts),
      ...(facts.features.length > 0 ? [linear(facts)] : []),
      ...(rows >= BOOSTING_ROWS && facts.features.length > 0 ? [boosting(facts)] : []),
      ...(useForest && facts.features.length > 0 ? [forest(facts)] : []),
    ],
    ruledOut: [
      ...(rows < BOOSTING_ROWS
        ? [
            {
              family: "hist_gradient_boosting",
              reason: `${rows} training rows are under the ${BOOSTING_ROWS} at which boosting pays`,
            },
          ]
        : []),
      ...(rows >= FOREST_ROWS
        ? [
            {
              family: "random_forest",
              reason: `${rows} training rows make full trees larger than ${facts.sizing.modelMb} MB`,
            },
          ]
        : []),
      ...(imbalanced(facts)
        ? [
            {
              family: "random_forest",
              reason: `${((facts.target.baseRate ?? 0) * 100).toFixed(2)} % positives: most leaves would hold none`,
            },
          ]
        : []),
      {
        family: "neural_network",
        reason: `${facts.features.length} tabular features and ${rows} training rows; trees reach the same within ${facts.sizing.trainMinutes} minutes on ${facts.sizing.cpus} processors`,
      },
    ],
  };
};
