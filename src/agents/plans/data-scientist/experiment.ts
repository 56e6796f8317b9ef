import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";

/** Units a day: the stated load; else what the data's own arrivals give, not the rate that serving is sized for. */
const unitsPerDay = (facts: Facts, spec: PipelineSpec): number => {
  const stated = facts.load.from === "spec" && spec.options.deployment_mode !== "batch";
  return Math.max(1, stated ? facts.load.rpsMean * 86_400 : facts.load.batchRowsPerDay);
};

/** conf/model.yaml `experiment`: everything that is fixed before the first unit is assigned. */
export const experimentOf = (facts: Facts, spec: PipelineSpec, pipeline: string) => {
  const regression = facts.target.kind === "regression";
  const unit = facts.keys.entity.length > 0 ? facts.keys.entity.join(", ") : "request";
  const perDay = unitsPerDay(facts, spec);
  const days = Math.max(1, Math.ceil((facts.power.perArm * spec.experiment.arms) / perDay));
  const rate = facts.target.baseRate;
  const outcome = facts.target.kind === "binary" ? "positive outcomes" : "the most frequent class";
  const effectUnit = regression ? "units of the target" : "share of units, absolute";
  return {
    salt: `${pipeline}-1`,
    unit,
    arms: spec.experiment.arms,
    alpha: spec.experiment.alpha,
    power: spec.experiment.power,
    min_effect: facts.power.minEffect,
    effect_unit: effectUnit,
    direction: "lower is better",
    kind: regression ? "mean" : "rate",
    baseline_rate: regression ? null : rate,
    baseline_std: regression ? facts.target.std : null,
    per_arm: facts.power.perArm,
    max_days: spec.experiment.max_days,
    days,
    within_time: days <= spec.experiment.max_days,
    units_per_day: perDay,
    load_from: facts.load.from === "spec" ? "stated load" : "arrivals of the data",
    null_hypothesis: regression
      ? "acting on predictions leaves the mean of the target as it is"
      : `acting on predictions leaves the rate of ${outcome} as it is`,
    alternative: regression
      ? `the mean differs by at least ${facts.power.minEffect} (${effectUnit})`
      : `the rate of ${outcome} differs by at least ${facts.power.minEffect} (${effectUnit})`,
    success_metric: regression ? "outcome_mean" : "outcome_rate",
    guardrails: [
      { metric: "p99_ms", bound: spec.slo.p99_ms, rule: "at most" },
      {
        metric: "error_rate",
        bound: Number((1 - spec.slo.availability).toFixed(6)),
        rule: "at most",
      },
    ],
    stop: { peeks: 4, alpha_per_peek: Number((spec.experiment.alpha / 4).toFixed(6)) },
    sample_ratio_alpha: 0.001,
    aa_stage: { runs: 1000, tolerance: "three standard errors of alpha" },
    min_group_rows: 100,
  };
};
