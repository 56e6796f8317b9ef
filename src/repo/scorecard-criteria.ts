import type { Facts } from "../spec/facts.ts";
import type { PipelineSpec } from "../spec/spec.ts";

/** M measured · S simulated · T target only · N not enough data. T and N are allowed everywhere. */
export type CardLabel = "M" | "S" | "T" | "N";

/** What the card of one criterion compares: the bound of the interval, not the value, has to pass. */
export interface Target {
  readonly text: string;
  readonly bound: "at_least" | "at_most" | "above" | "below" | "equal";
  readonly value: number;
  readonly unit: string;
}

export interface Criterion {
  readonly id: string;
  readonly title: string;
  readonly target: Target;
  readonly measure: string;
  /** Runs in the pipeline repository, or on the user's own Prometheus, cluster or forge. */
  readonly command: string;
  readonly allowed: readonly CardLabel[];
  /** Cases below which the bound cannot be shown; null where the measure has no such count. */
  readonly leastCases: number | null;
}

/** What the criteria are made from. */
export interface ScorecardInput {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
}

/** Clean cases at which the one-sided 95 % bound of a rate falls under 0.1 %: ln(.05)/ln(.999) = 2,994.2, rounded up. */
const CLEAN_CASES = 2995;
const MEASURED: readonly CardLabel[] = ["M", "T", "N"];
const SIMULATED_OR_MEASURED: readonly CardLabel[] = ["S", "M", "T", "N"];

const target = (text: string, bound: Target["bound"], value: number, unit: string): Target => ({
  text,
  bound,
  value,
  unit,
});

const criterion = (
  id: string,
  title: string,
  goal: Target,
  measure: string,
  command: string,
  allowed: readonly CardLabel[],
  leastCases: number | null = null,
): Criterion => ({ id, title, target: goal, measure, command, allowed, leastCases });

const percent = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;

const instant = (query: string): string => `promtool query instant "$PROMETHEUS_URL" '${query}'`;

const cleanCases = (share: number): number =>
  share > 0 && share < 1 ? Math.ceil(Math.log(0.05) / Math.log(1 - share)) : CLEAN_CASES;

const dataCriteria = ({ spec }: ScorecardInput): readonly Criterion[] => {
  const share = spec.slo.quality_pct / 100;
  return [
    criterion(
      "data.issues",
      "Quality issues in production",
      target(`under ${percent(share)} of the rows served`, "below", share, "share of rows"),
      "rows breaking a hard rule after the gate / rows served, one-sided exact 95 % bound; recall and precision on planted faults beside it",
      "make validate",
      SIMULATED_OR_MEASURED,
      cleanCases(share),
    ),
    criterion(
      "data.validation",
      "Validation passes",
      target("99.9 % of the time", "at_least", 0.999, "share of validations"),
      "two readings, both shown: validations that end with a result / started, and batches judged good; a crash or a time-out counts against",
      "make validate",
      MEASURED,
      CLEAN_CASES,
    ),
    criterion(
      "data.lineage",
      "Lineage is complete",
      target("every prediction", "equal", 1, "share of predictions"),
      "of 1,000 predictions the share that walks to version, training run, data hash and commit; one deleted edge must be noticed",
      "make lineage",
      MEASURED,
      1000,
    ),
    criterion(
      "data.feature-latency",
      "Features are read in time",
      target("p99 under 1 s", "below", 1, "seconds"),
      "client-side p99 of online reads, cold and warm, skewed keys, open loop; loopback is said",
      "python -m pytest -q tests/perf",
      MEASURED,
      10_000,
    ),
  ];
};

const modelCriteria = ({ spec, facts }: ScorecardInput): readonly Criterion[] => {
  const { baseline } = facts;
  const best = baseline.bestColumn?.value ?? baseline.trivial.value;
  return [
    criterion(
      "model.baseline",
      "Meets or beats the baseline",
      target(
        `${baseline.metric} no worse than ${best}, the better of the trivial and the single-column rule, less the margin ${spec.metric.margin}`,
        baseline.greaterIsBetter ? "at_least" : "at_most",
        baseline.greaterIsBetter ? -spec.metric.margin : spec.metric.margin,
        "difference to the baseline",
      ),
      "paired bootstrap interval of model − baseline on the hold-out that the spec's split gives",
      "make train",
      MEASURED,
    ),
    criterion(
      "model.degradation",
      "Loss before retraining",
      target(
        `under ${spec.slo.degradation_pct} %`,
        "below",
        spec.slo.degradation_pct / 100,
        "relative loss",
      ),
      "largest relative drop of the metric when retraining is asked for, over replays with label delay 0, 1 and 7 days; a distribution, not one number",
      "make retrain-check",
      SIMULATED_OR_MEASURED,
    ),
    criterion(
      "model.ab",
      "A/B tests with significance",
      target(
        `error of A/A tests at most ${spec.experiment.alpha}`,
        "at_most",
        spec.experiment.alpha,
        "share of A/A tests",
      ),
      "number of cases fixed by power; A/A error over 1,000 runs; a planted lift is found; sample-ratio test. A business lift is never claimed from simulated traffic",
      "make experiment",
      SIMULATED_OR_MEASURED,
      facts.power.perArm * spec.experiment.arms,
    ),
    criterion(
      "model.drift",
      "No drift stays undetected",
      target(`found within ${spec.slo.drift_h} h`, "at_most", spec.slo.drift_h, "hours"),
      "event time of a known change → alert received; beside it recall at the smallest effect the monitor prints, false incidents per model in 90 days and per 1,000 feature checks; shuffled data as negative control",
      "make drift",
      SIMULATED_OR_MEASURED,
    ),
  ];
};

const operationsCriteria = ({ spec }: ScorecardInput): readonly Criterion[] => [
  criterion(
    "ops.uptime",
    "Uptime",
    target(percent(spec.slo.availability), "at_least", spec.slo.availability, "share of probes"),
    "outside prober, one a second, through deploys and kills; 5xx and time-outs are bad; a calendar claim only after 30 days at the user's",
    instant("1 - slo:error_ratio:rate3d"),
    SIMULATED_OR_MEASURED,
    cleanCases(1 - spec.slo.availability),
  ),
  criterion(
    "ops.latency",
    "Latency",
    target(`p99 under ${spec.slo.p99_ms} ms`, "below", spec.slo.p99_ms / 1000, "seconds"),
    "open loop at a stated rate, bound by order statistics; gRPC, payload sizes, breaking point; server histogram within 10 %; hardware stated",
    "make load-test",
    MEASURED,
    10_000,
  ),
  criterion(
    "ops.rollback",
    "Automatic rollback",
    target(`within ${spec.slo.rollback_s} s`, "at_most", spec.slo.rollback_s, "seconds"),
    "bad model (NaN, +300 ms, −10 points): first bad reply → all good; maximum and p95 of 20 drills or more, of which 20 clean ones still allow 14 % failures",
    "make rollback",
    SIMULATED_OR_MEASURED,
    20,
  ),
  criterion(
    "ops.alert",
    "Observed, and alerted in time",
    target(
      `within ${Math.min(60, spec.slo.alert_s)} s`,
      "at_most",
      Math.min(60, spec.slo.alert_s),
      "seconds",
    ),
    "every component with metric, log, trace, panel, alert and runbook; planted fault → received, per rule; the static worst case of a page",
    spec.options.monitoring_stack === "prometheus"
      ? "make check-alerts"
      : "python -m pytest -q tests/infra",
    MEASURED,
  ),
];

const leadTimeCommand = (spec: PipelineSpec): string =>
  spec.choices.ci === "github"
    ? "gh run list --json headSha,createdAt,updatedAt,conclusion --limit 50"
    : "glab ci list --per-page 50";

const developmentCriteria = ({ spec, facts }: ScorecardInput): readonly Criterion[] => [
  criterion(
    "dev.lead-time",
    "Commit to production",
    target("under 1 h", "below", 60, "minutes"),
    "push → the new version answers; median and p95; a lab lists the stages it did not run",
    leadTimeCommand(spec),
    SIMULATED_OR_MEASURED,
    20,
  ),
  criterion(
    "dev.parallel",
    "Experiments in parallel",
    target("faster than one by one", "above", 1, "speed-up"),
    `several studies of ${spec.training.trials} trials together against one by one: speed-up, no id clash, same results; on ${facts.sizing.cpus} CPU expect no more than that factor`,
    "make tune",
    MEASURED,
  ),
  criterion(
    "dev.reproducible",
    "Training is repeatable",
    target("same model hash", "at_most", 1e-9, "difference of the metric"),
    `two folders, two processes, seed ${spec.pipeline.seed}: same model hash, or the metric within 1e-9 and the cause named`,
    "make train",
    MEASURED,
    2,
  ),
  criterion(
    "dev.self-service",
    "Deployment without a shell",
    target("no shell needed", "equal", 0, "shell commands"),
    "someone other than the author goes request → approved → served; actions and minutes are counted from the audit log",
    `mlpipeline audit --pipeline ${spec.pipeline.name}`,
    SIMULATED_OR_MEASURED,
  ),
];

const costCriteria = (): readonly Criterion[] => [
  criterion(
    "cost.waste",
    "Waste",
    target("under 20 %", "below", 0.2, "share of what is requested"),
    "1 − used / requested CPU, memory and GPU time of this model; a lab proves right-sizing, not the bill",
    instant("usage:waste_ratio"),
    MEASURED,
  ),
  criterion(
    "cost.allocation",
    "Resources are optimised",
    target("waste falls, no objective is missed", "below", 0, "change of waste"),
    "waste before and after a recommendation of cost/recommendations.md, no breach of the objectives on replay",
    instant("usage:waste_ratio offset 14d - usage:waste_ratio"),
    SIMULATED_OR_MEASURED,
  ),
  criterion(
    "cost.autoscaling",
    "Scales with load",
    target("no breach under the recorded load", "equal", 0, "breaches"),
    "recorded load through the documented formula (tolerance, stabilisation): replicas and breaches; the trigger query answers on a live server",
    "python -m pytest -q tests/infra",
    SIMULATED_OR_MEASURED,
  ),
  criterion(
    "cost.spot",
    "Work on spot nodes",
    target("over 60 % of interruptible work", "above", 0.6, "share of node-hours"),
    "share of node-hours, not of cost, for interruptible work and for all; interruption trace plus checkpoint drill; prices are never simulated as fact",
    instant(
      'sum(count_over_time(kube_node_labels{label_lifecycle="spot"}[7d])) / sum(count_over_time(kube_node_labels[7d]))',
    ),
    SIMULATED_OR_MEASURED,
  ),
];

/** All 20 criteria in the order of the requirements, with targets from the spec and the measured baseline. Never throws. */
export const criteriaOf = (input: ScorecardInput): readonly Criterion[] => [
  ...dataCriteria(input),
  ...modelCriteria(input),
  ...operationsCriteria(input),
  ...developmentCriteria(input),
  ...costCriteria(),
];
