import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import { candidatesOf } from "./candidates.ts";
import { experimentOf } from "./experiment.ts";
import { dataNeeds } from "./figures.ts";
import { statisticsOf } from "./statistics.ts";

const SECONDARY = {
  binary: ["roc_auc", "average_precision", "log_loss", "brier", "f1"],
  multiclass: ["macro_f1", "accuracy", "log_loss"],
  regression: ["mae", "rmse", "r2"],
} as const;

/** Rows that a slice needs before its figure is judged: 100, or enough to expect ten cases of the rarer class. */
export const sliceRows = (facts: Facts): number => {
  const rate = facts.target.kind === "binary" ? facts.target.baseRate : null;
  return rate === null || rate === 0
    ? 100
    : Math.max(100, Math.ceil(10 / Math.min(rate, 1 - rate)));
};

/** The cost-optimal threshold of a calibrated probability: false positives over all errors (Elkan 2001). */
const thresholdOf = (facts: Facts, spec: PipelineSpec) => {
  if (facts.target.kind !== "binary") return null;
  const { false_positive: fp, false_negative: fn } = spec.metric.error_costs;
  if (spec.metric.threshold !== null)
    return {
      rule: "given",
      value: spec.metric.threshold,
      false_positive: fp,
      false_negative: fn,
    };
  const sum = fp + fn;
  return {
    rule: "expected_cost",
    value: sum > 0 ? Number((fp / sum).toFixed(6)) : 0.5,
    false_positive: fp,
    false_negative: fn,
  };
};

const acceptanceOf = (facts: Facts, spec: PipelineSpec) => ({
  metric: facts.baseline.metric,
  baseline: facts.baseline.trivial.value,
  best_column: facts.baseline.bestColumn?.value ?? null,
  // Accepted when the bound of the paired interval of (model − baseline), in the better direction, exceeds the margin.
  margin: spec.metric.margin,
  level: 0.95,
  slice: {
    min_rows: sliceRows(facts),
    // A slice may be worse than the whole by this much of the distance to the trivial rule.
    max_gap_share: 0.5,
  },
  calibration: facts.target.kind === "binary" ? { max_error: 0.1 } : null,
  threshold: thresholdOf(facts, spec),
  // Four fifths of the best group's rate is the usual bound of a rate near 0.5; a tenth is that gap (EEOC 1978).
  fairness: facts.groups.protected.length > 0 ? { max_gap: 0.1 } : null,
  p99_ms: spec.slo.p99_ms,
  model_mb: facts.sizing.modelMb,
});

const splitOf = (facts: Facts) => {
  // A personal entity is there as a keyed hash where PSEUDONYM_KEY is set; without it split.py says that rows are split at random.
  const entity = facts.keys.entity.flatMap(
    (name) => facts.profile.columns.find((column) => column.name === name)?.field ?? [],
  );
  return {
    kind: facts.split.kind,
    field: facts.split.kind === "time" ? facts.time.field : null,
    entity: facts.split.kind === "entity" ? entity : [],
    // A cut by time leaves rows of entities that were learned from; how well the others are told is said beside the metric.
    seen_entity: facts.split.kind === "time" ? entity : [],
    cut: facts.split.cut,
    holdout_share: facts.split.holdoutShare,
    folds: facts.split.folds,
    label_delay_days: facts.target.labelDelayDays,
    reason: facts.split.reason,
  };
};

const TTL_DAYS = { second: 7, minute: 7, hour: 14, day: 90, month: 400, unknown: 365 } as const;

/** What the feature store is told: entity, event time and how long a value may be used. */
export const storeOf = (facts: Facts) => {
  const entity = facts.keys.entity.flatMap((name) => {
    const column = facts.profile.columns.find((entry) => entry.name === name);
    return column && column.personal === null ? [column.field] : [];
  });
  return {
    entity,
    join_key: entity.length > 0 ? "entity_key" : "row_key",
    event_time: facts.time.field,
    ttl_days: facts.time.field === null ? 0 : TTL_DAYS[facts.time.grain],
    reason:
      entity.length > 0
        ? `one value per ${entity.join(", ")}; a value older than ${TTL_DAYS[facts.time.grain]} days is not served (grain ${facts.time.grain})`
        : "no entity repeats in this data, so each row is looked up by its own key",
  };
};

/** conf/model.yaml as data: the contract between the data scientist and the modules that train, judge and serve. */
export const modelConf = (facts: Facts, spec: PipelineSpec, pipeline: string) => {
  const { candidates, ruledOut } = candidatesOf(facts, spec.training.families);
  return {
    target: {
      column: facts.target.column,
      field: facts.target.field,
      kind: facts.target.kind,
      positive: facts.target.positive,
      classes: facts.target.kind === "regression" ? [] : facts.target.classes.map((c) => c.label),
    },
    metric: {
      primary: facts.baseline.metric,
      greater_is_better: facts.baseline.greaterIsBetter,
      secondary: SECONDARY[facts.target.kind].filter((name) => name !== facts.baseline.metric),
      margin: spec.metric.margin,
      error_costs: spec.metric.error_costs,
    },
    baseline: {
      trivial: facts.baseline.trivial,
      best_column: facts.baseline.bestColumn && {
        field: facts.baseline.bestColumn.field,
        column: facts.baseline.bestColumn.column,
        value: facts.baseline.bestColumn.value,
      },
    },
    split: splitOf(facts),
    seed: spec.pipeline.seed,
    features: facts.features,
    excluded: facts.excluded.map(({ field, column, reason }) => ({ field, column, reason })),
    candidates,
    ruled_out: ruledOut,
    acceptance: acceptanceOf(facts, spec),
    data_needs: dataNeeds(facts, spec.metric.margin),
    slices: facts.groups.slices,
    protected: facts.groups.protected,
    store: storeOf(facts),
    statistics: statisticsOf(facts),
    experiment: experimentOf(facts, spec, pipeline),
  };
};
