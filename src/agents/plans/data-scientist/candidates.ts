import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";

/** One model that `make train` fits; `params` are those of scikit-learn. */
export interface Candidate {
  readonly name: string;
  readonly family: "dummy" | "linear" | "additive" | "hist_gradient_boosting" | "random_forest";
  readonly params: Readonly<Record<string, number | string>>;
  readonly reason: string;
}

export interface RuledOut {
  readonly family: string;
  readonly reason: string;
}

/** Boosting needs rows to fill its leaves: below this its validation scores scatter more than its gain. */
const BOOSTING_ROWS = 500;
/** Trees of many leaves per round only pay where each leaf still holds rows of both kinds. */
const DEEP_ROWS = 5_000;
/** A forest of deep trees on more rows than this outweighs the stated model size and training minutes. */
const FOREST_ROWS = 200_000;
/** Curves take seven weights per number: fewer training rows than this per weight only bend after noise. */
const CURVE_ROWS = 10;
/** More numbers than this make the curves wider than most data is long. */
const MOST_CURVES = 100;
/** Rows per weight under which a linear model needs strong shrinkage. */
const THIN = 50;
/** A category with fewer rows shares its weight with the other rare ones (LEAST_ROWS of models.py). */
const CATEGORY_ROWS = 5;

const categoriesOf = (facts: Facts, source: string): number => {
  const column = facts.profile.columns.find((entry) => entry.field === source);
  return Math.min(column?.distinct ?? 50, Math.ceil(facts.profile.rows / CATEGORY_ROWS)) + 2;
};

/** Weights of a linear model: one per number, one per category that has rows of its own. */
export const widthOf = (facts: Facts): number =>
  facts.features.reduce(
    (sum, feature) =>
      sum +
      (feature.transform === "one_hot"
        ? (feature.categories?.length ?? 10) + 2
        : feature.transform === "target_rate"
          ? categoriesOf(facts, feature.source)
          : 1) +
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

const shrinkage = (facts: Facts, strength: number): Readonly<Record<string, number>> =>
  facts.target.kind === "regression" ? { alpha: 1 / strength } : { C: strength };

const linear = (facts: Facts): Candidate => {
  const perWeight = trainRows(facts) / Math.max(widthOf(facts), 1);
  const strength = perWeight < THIN ? 0.1 : 1;
  return {
    name: "linear",
    family: "linear",
    params: shrinkage(facts, strength),
    reason: `${Math.round(perWeight)} training rows per weight; ${strength < 1 ? "few, so shrunk strongly" : "enough for plain shrinkage"}; its weights can be read`,
  };
};

const curved = (facts: Facts): number =>
  facts.features.filter(({ kind }) => kind === "numeric" || kind === "date_part").length;

const additive = (facts: Facts): Candidate => ({
  name: "additive",
  family: "additive",
  params: shrinkage(facts, 0.1),
  reason: `${curved(facts)} numbers may act by a curve (season, a best middle, a ceiling) that one weight cannot follow; still no interactions`,
});

const bends = (facts: Facts): boolean => {
  const count = curved(facts);
  return count > 0 && count <= MOST_CURVES && trainRows(facts) >= CURVE_ROWS * 7 * count;
};

const leafRows = (facts: Facts): number =>
  Math.max(10, Math.min(100, Math.round(trainRows(facts) / 200)));

const boosting = (facts: Facts): Candidate => ({
  name: "boosting",
  family: "hist_gradient_boosting",
  params: {
    learning_rate: 0.05,
    max_iter: trainRows(facts) < DEEP_ROWS ? 150 : 200,
    max_leaf_nodes: 6,
    min_samples_leaf: leafRows(facts),
    l2_regularization: 10,
    max_features: 0.5,
  },
  reason: `${trainRows(facts)} training rows fill leaves of ${leafRows(facts)}; six leaves and half of the columns per split find interactions of two or three columns without learning rows by heart`,
});

const deep = (facts: Facts): Candidate => ({
  name: "boosting-deep",
  family: "hist_gradient_boosting",
  params: {
    learning_rate: 0.05,
    max_iter: 200,
    max_leaf_nodes: 31,
    min_samples_leaf: leafRows(facts),
    l2_regularization: 1,
  },
  reason: `${trainRows(facts)} training rows are at least ${DEEP_ROWS}: thirty-one leaves follow interactions of many columns, if there are any`,
});

const forest = (facts: Facts): Candidate => ({
  name: "forest",
  family: "random_forest",
  params: {
    n_estimators: 200,
    min_samples_leaf: Math.max(2, Math.min(20, Math.round(trainRows(facts) / 1_000))),
    ...(facts.target.kind === "regression" ? { max_features: 0.33 } : {}),
  },
  reason: `${trainRows(facts)} training rows are few enough for full trees within ${facts.sizing.trainMinutes} minutes; less to tune than boosting`,
});

const why = (family: string, applies: boolean, reason: string): readonly RuledOut[] =>
  applies ? [{ family, reason }] : [];

const ruledOutOf = (facts: Facts): readonly RuledOut[] => {
  const rows = trainRows(facts);
  const usable = facts.features.length > 0;
  return [
    ...why(
      "additive",
      usable && !bends(facts),
      `${curved(facts)} numbers and ${rows} training rows: curves need 1 to ${MOST_CURVES} numbers and ${CURVE_ROWS * 7} rows for each`,
    ),
    ...why(
      "hist_gradient_boosting",
      rows < BOOSTING_ROWS,
      `${rows} training rows are under the ${BOOSTING_ROWS} at which boosting pays`,
    ),
    ...why(
      "random_forest",
      rows >= FOREST_ROWS,
      `${rows} training rows make full trees larger than ${facts.sizing.modelMb} MB`,
    ),
    ...why(
      "random_forest",
      imbalanced(facts),
      `${((facts.target.baseRate ?? 0) * 100).toFixed(2)} % positives: most leaves would hold none`,
    ),
    {
      family: "neural_network",
      reason: `${facts.features.length} tabular features and ${rows} training rows; trees reach the same within ${facts.sizing.trainMinutes} minutes on ${facts.sizing.cpus} processors`,
    },
  ];
};

/** What people ask for is tried whatever the figures say; what they leave out is ruled out by them. */
const asAsked = (
  found: ReturnType<typeof suited>,
  facts: Facts,
  families: PipelineSpec["training"]["families"],
): ReturnType<typeof suited> => {
  if (families.length === 0 || facts.features.length === 0) return found;
  const make = {
    linear,
    additive,
    hist_gradient_boosting: boosting,
    random_forest: forest,
  } as const;
  const kept = found.candidates.filter(
    ({ family }) => family === "dummy" || families.some((asked) => asked === family),
  );
  const missing = families.filter((asked) => !kept.some(({ family }) => family === asked));
  return {
    candidates: [...kept, ...missing.map((family) => make[family](facts))],
    ruledOut: [
      ...found.ruledOut.filter(({ family }) => !families.some((asked) => asked === family)),
      ...found.candidates
        .filter((entry) => !kept.includes(entry))
        .map(({ family }) => ({ family, reason: "not among training.families" })),
    ],
  };
};

/** Which models are tried on this dataset and which are not, each with the figure that decided; `families` are those asked for. */
export const candidatesOf = (
  facts: Facts,
  families: PipelineSpec["training"]["families"] = [],
): ReturnType<typeof suited> => asAsked(suited(facts), facts, families);

const suited = (
  facts: Facts,
): { readonly candidates: readonly Candidate[]; readonly ruledOut: readonly RuledOut[] } => {
  const rows = trainRows(facts);
  const useForest = rows < FOREST_ROWS && !imbalanced(facts);
  if (facts.features.length === 0)
    return { candidates: [dummy(facts)], ruledOut: ruledOutOf(facts) };
  return {
    candidates: [
      dummy(facts),
      linear(facts),
      ...(bends(facts) ? [additive(facts)] : []),
      ...(rows >= BOOSTING_ROWS ? [boosting(facts)] : []),
      ...(rows >= DEEP_ROWS ? [deep(facts)] : []),
      ...(useForest ? [forest(facts)] : []),
    ],
    ruledOut: ruledOutOf(facts),
  };
};
