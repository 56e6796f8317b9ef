import { stringify } from "yaml";
import type { PipelineSpec } from "../spec/spec.ts";
import type { Criterion, ScorecardInput } from "./scorecard-criteria.ts";
import { criteriaOf } from "./scorecard-criteria.ts";

interface LeftOutCriterion {
  readonly why: string;
  readonly to_turn_on: string;
}

const BATCH: LeftOutCriterion = {
  why: "deployment_mode is batch: nothing answers online",
  to_turn_on: "deployment_mode: realtime",
};

/** Criteria that the spec rules out; nothing else may be left out. */
const leftOut = (spec: PipelineSpec): Readonly<Record<string, LeftOutCriterion>> => ({
  ...(spec.options.deployment_mode === "batch"
    ? { "ops.uptime": BATCH, "ops.latency": BATCH, "cost.autoscaling": BATCH }
    : {}),
  ...(spec.choices.spot === "false"
    ? { "cost.spot": { why: "choices.spot is false", to_turn_on: "choices.spot: true" } }
    : {}),
});

const entry = (criterion: Criterion) => ({
  id: criterion.id,
  title: criterion.title,
  target: criterion.target,
  measure: criterion.measure,
  command: criterion.command,
  allowed: criterion.allowed,
  ...(criterion.leastCases === null ? {} : { least_cases: criterion.leastCases }),
});

const HEADER = `# What success means for this pipeline. Results are appended to results.jsonl beside it, each with value, 95 % interval, n,
# window, workload, environment, tool, age and the hash of what was measured. A card passes only if the bound of its interval does.
`;

/**
 * `scorecard/criteria.yaml`: the 20 success criteria with target, measure, command and the labels a result may carry, and
 * which of them the spec leaves out. Equal input gives equal bytes. Never throws.
 */
export const renderScorecard = (input: ScorecardInput): string => {
  const omitted = leftOut(input.spec);
  const all = criteriaOf(input);
  return (
    HEADER +
    stringify(
      {
        version: 1,
        pipeline: input.spec.pipeline.name,
        labels: {
          M: "MEASURED: the real thing ran, in a named environment",
          S: "SIMULATED: replay, planted fault, accelerated clock or formula",
          T: "TARGET-ONLY: no result yet",
          N: "NOT ENOUGH DATA: cases or window cannot bound the target",
        },
        grey_after_days: 7,
        criteria: all.filter(({ id }) => omitted[id] === undefined).map(entry),
        left_out: Object.entries(omitted).map(([id, reason]) => ({ id, ...reason })),
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    )
  );
};
