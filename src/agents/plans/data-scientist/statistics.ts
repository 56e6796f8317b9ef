import type { Facts, FeatureFacts } from "../../../spec/facts.ts";

const DATE_BOUNDS = {
  month: [1, 12],
  day_of_week: [0, 6],
  day_of_year: [1, 366],
  hour: [0, 23],
} as const;

const log = (value: number): number => Math.sign(value) * Math.log1p(Math.abs(value));

interface Bound {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

const rateBound = (feature: FeatureFacts, facts: Facts): readonly Bound[] => {
  if (facts.target.kind === "binary") return [{ name: feature.name, low: 0, high: 1 }];
  if (facts.target.kind === "multiclass")
    return facts.target.classes
      .slice(0, 10)
      .map((_, index) => ({ name: `${feature.name}__t${index}`, low: 0, high: 1 }));
  const column = facts.profile.columns.find((entry) => entry.field === facts.target.field);
  return typeof column?.min === "number" && typeof column.max === "number"
    ? [{ name: feature.name, low: column.min, high: column.max }]
    : [];
};

const numericBound = (feature: FeatureFacts, facts: Facts): readonly Bound[] => {
  const column = facts.profile.columns.find((entry) => entry.field === feature.source);
  const low = feature.clip?.low ?? column?.min;
  const high = feature.clip?.high ?? column?.max;
  if (typeof low !== "number" || typeof high !== "number") return [];
  const scale = feature.transform === "log1p" ? log : (value: number) => value;
  return [{ name: feature.name, low: scale(low), high: scale(high) }];
};

const boundOf = (feature: FeatureFacts, facts: Facts): readonly Bound[] => {
  switch (feature.transform) {
    case "one_hot":
      return [];
    case "target_rate":
      return rateBound(feature, facts);
    case "none":
    case "log1p":
      return feature.kind === "boolean"
        ? [{ name: feature.name, low: 0, high: 1 }]
        : numericBound(feature, facts);
    default: {
      const [low, high] = DATE_BOUNDS[feature.transform];
      return [{ name: feature.name, low, high }];
    }
  }
};

/** conf/model.yaml `statistics`: what a batch of features must look like, with where each bound comes from. */
export const statisticsOf = (facts: Facts) => ({
  min_rows: 100,
  min_support: Math.max(5, Math.round(facts.profile.rows / 1_000)),
  // Above this two columns are one: a linear model's weights for them mean nothing any more.
  redundancy_limit: 0.99,
  // Kolmogorov-Smirnov distance; a quarter of the distribution has moved.
  skew_limit: 0.25,
  features: facts.features.flatMap((feature) => boundOf(feature, facts)),
});
