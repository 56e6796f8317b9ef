import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import type { Serving } from "./sizing.ts";

/** A release with this share of bad replies is a planted fault that each stage must be able to see. */
const FAULT_SHARE = 0.05;
/** A mean score that moves by ten points is the other one. */
const SCORE_SHIFT = 0.1;
/** So many bad replies are needed before a release is stopped: one alone may be chance. */
const LEAST_BAD = 3;
const KEEP_OLD_HOURS = 24;
/** Outer time limit of a request and the limit of one try inside it, as multiples of the latency objective. */
const TIMEOUT_FACTOR = 10;
const TRY_FACTOR = 4;
const LEAST_TIMEOUT_MS = 2000;
const WEIGHTS = [25, 50, 100] as const;
const Z_ALPHA = 1.96;
const Z_POWER = 0.84;

export interface CanaryStage {
  /** Share of requests in percent that the new version gets. */
  readonly weight: number;
  readonly requests: number;
  readonly seconds: number;
}

/** How a new version is brought to clients: every figure follows from load and objectives. */
export interface Rollout {
  readonly active: string;
  readonly strategies: readonly string[];
  readonly stages: readonly CanaryStage[];
  readonly requestsPerStage: number;
  readonly requestsFormula: string;
  readonly firstWeightFormula: string;
  readonly leastBad: number;
  readonly maxErrorShare: number;
  readonly slowShare: number;
  readonly scoreShift: number;
  readonly keepOldHours: number;
  readonly shadowShare: number;
  readonly abDays: number;
  readonly timeoutMs: number;
  readonly tryTimeoutMs: number;
}

/** Requests until a fault of `share` shows at least once with 95 % (ln 0.05 / ln(1 - share)). */
export const requestsToSee = (share: number): number =>
  Math.ceil(Math.log(0.05) / Math.log(1 - share));

/** Requests per version that show a shift of the mean score (two-sided 5 %, power 0.8, normal approximation). */
export const requestsForShift = (variance: number, shift: number): number =>
  Math.ceil((2 * (Z_ALPHA + Z_POWER) ** 2 * variance) / shift ** 2);

// Share of the first stage: three bad replies must come within half of the time that a rollback may take.
const firstWeight = (rps: number, rollbackSeconds: number): number =>
  Math.min(50, Math.max(5, Math.ceil((100 * LEAST_BAD) / (rps * (rollbackSeconds / 2)))));

/** Plans the four strategies; in batch mode the two that need no live traffic. Never throws. */
export const rolloutOf = (facts: Facts, spec: PipelineSpec, serving: Serving): Rollout => {
  const { rpsMean, rpsPeak } = facts.load;
  const rate = facts.target.baseRate;
  const variance =
    facts.target.kind === "binary" && rate !== null ? Math.max(0.01, rate * (1 - rate)) : 0.25;
  const requests = Math.max(requestsToSee(FAULT_SHARE), requestsForShift(variance, SCORE_SHIFT));
  const first = firstWeight(rpsMean, spec.slo.rollback_s);
  const weights = [first, ...WEIGHTS.filter((weight) => weight > first)];
  const batch = spec.options.deployment_mode === "batch";
  const timeoutMs = Math.max(LEAST_TIMEOUT_MS, TIMEOUT_FACTOR * spec.slo.p99_ms);
  const units = spec.experiment.arms * facts.power.perArm;
  return {
    active: batch ? "blue-green" : spec.choices.rollout,
    strategies: batch ? ["blue-green", "shadow"] : ["blue-green", "canary", "shadow", "ab"],
    stages: weights.map((weight) => ({
      weight,
      requests,
      seconds: Math.max(60, Math.ceil((requests * 100) / (weight * rpsMean))),
    })),
    requestsPerStage: requests,
    requestsFormula: `max(ln 0.05 / ln(1 - ${FAULT_SHARE}) = ${requestsToSee(FAULT_SHARE)} to see ${FAULT_SHARE * 100} % bad replies, 2 (1.96 + 0.84)^2 x ${variance.toFixed(4)} / ${SCORE_SHIFT}^2 = ${requestsForShift(variance, SCORE_SHIFT)} to see the mean score move by ${SCORE_SHIFT})`,
    firstWeightFormula: `${LEAST_BAD} bad replies within half of ${spec.slo.rollback_s} s at ${rpsMean} rps need ${((100 * LEAST_BAD) / (rpsMean * (spec.slo.rollback_s / 2))).toPrecision(3)} %, at least 5, at most 50`,
    leastBad: LEAST_BAD,
    maxErrorShare: Number((1 - spec.slo.availability).toPrecision(6)),
    slowShare: 0.01,
    scoreShift: SCORE_SHIFT,
    keepOldHours: KEEP_OLD_HOURS,
    shadowShare: Number(
      Math.min(1, (serving.rpsPerReplica * serving.targetUtilisation) / rpsPeak).toPrecision(3),
    ),
    abDays: Math.max(1, Math.ceil(units / (rpsMean * 86_400))),
    timeoutMs,
    tryTimeoutMs: Math.min(timeoutMs / 2, TRY_FACTOR * spec.slo.p99_ms),
  };
};
