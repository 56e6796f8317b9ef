import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";

/** Resident memory of the interpreter with pandas, scikit-learn, pyarrow and FastAPI imported, in MB: measured, 204. */
const LIBRARIES_MB = 220;
/** The model as loaded, while its successor is warmed beside it, and the rows of one request. */
const MODEL_COPIES = 3;
const REQUEST_MB = 64;

/**
 * One-row predictions that one core answers in a second, until `make load-test` has measured the pipeline's own model: ten
 * features and a forest of 200 trees took 36 to 46 ms of processor time in the service, features alone 15.
 */
const ASSUMED_RPS_PER_CORE = 20;
/** Requests a second of the load test: at least these, so that it ends within a minute. */
const LEAST_TEST_RPS = 10;

/** Replicas are counted so that each works at this share of what it can. */
const TARGET_UTILISATION = 0.6;

/** Serving keeps answering while one node goes. */
const FLOOR = 2;
const PORT = 8080;
const MEMORY_STEP_MB = 64;
const MAX_ROWS = 1000;

/** The latency objective is one of the edges, so that the share of slow requests is counted. */
const BUCKET_FACTORS = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10];

export interface Environment {
  readonly name: "dev" | "staging" | "prod";
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** What the online service asks of a machine, with the figures it follows from. Memory in MB, processor time in millicores. */
export interface Serving {
  readonly port: number;
  readonly buckets: readonly number[];
  readonly maxRows: number;
  readonly memoryRequestMb: number;
  readonly memoryLimitMb: number;
  readonly memoryFormula: string;
  /** Largest model file that the memory limit has room for. */
  readonly maxModelMb: number;
  readonly cpuRequestM: number;
  readonly cpuLimitM: number;
  readonly rpsPerReplica: number;
  readonly targetUtilisation: number;
  readonly replicasFormula: string;
  readonly environments: readonly Environment[];
  readonly loadTestRps: number;
}

/** What one training job asks: memory in MB, times in seconds. */
export interface TrainingSize {
  readonly cpus: number;
  readonly memoryRequestMb: number;
  readonly memoryLimitMb: number;
  readonly deadlineSeconds: number;
  readonly formula: string;
}

/** Rounds up to a step, so that equal machines get equal requests. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Replicas that carry `rps` at the target utilisation, never below the floor. */
export const replicasFor = (rps: number): number =>
  Math.max(FLOOR, Math.ceil(rps / (ASSUMED_RPS_PER_CORE * TARGET_UTILISATION)));

/** Size of the online service from model size and load. Never throws. */
export const servingOf = (facts: Facts, spec: PipelineSpec): Serving => {
  const { modelMb } = facts.sizing;
  const memoryRequestMb = roundUp(
    LIBRARIES_MB + MODEL_COPIES * modelMb + REQUEST_MB,
    MEMORY_STEP_MB,
  );
  const memoryLimitMb = roundUp(memoryRequestMb * 1.5, MEMORY_STEP_MB);
  const { rpsMean, rpsPeak } = facts.load;
  const min = replicasFor(rpsMean);
  const max = Math.max(min + 1, replicasFor(2 * rpsPeak));
  const seconds = spec.slo.p99_ms / 1000;
  return {
    port: PORT,
    buckets: BUCKET_FACTORS.map((factor) => Number((seconds * factor).toPrecision(6))),
    maxRows: MAX_ROWS,
    memoryRequestMb,
    memoryLimitMb,
    maxModelMb: Math.floor((memoryLimitMb - LIBRARIES_MB - REQUEST_MB) / MODEL_COPIES),
    memoryFormula: `${LIBRARIES_MB} MB libraries + ${MODEL_COPIES} x ${modelMb} MB model + ${REQUEST_MB} MB requests, up to ${MEMORY_STEP_MB}s; limit 1.5 x`,
    // What a replica uses at the target, so that the autoscaler's target is the request.
    cpuRequestM: Math.round(1000 * TARGET_UTILISATION),
    cpuLimitM: 1000,
    rpsPerReplica: ASSUMED_RPS_PER_CORE,
    targetUtilisation: TARGET_UTILISATION,
    replicasFormula: `max(${FLOOR}, ceil(rps / (${ASSUMED_RPS_PER_CORE} x ${TARGET_UTILISATION}))): ${rpsMean} rps mean gives ${min}, twice the peak of ${rpsPeak} rps gives ${replicasFor(2 * rpsPeak)}, at least one to grow by: ${max}`,
    environments: [
      { name: "dev", minReplicas: 1, maxReplicas: 2 },
      { name: "staging", minReplicas: FLOOR, maxReplicas: FLOOR + 1 },
      { name: "prod", minReplicas: min, maxReplicas: max },
    ],
    loadTestRps: Math.min(
      Math.floor(ASSUMED_RPS_PER_CORE * TARGET_UTILISATION),
      Math.max(LEAST_TEST_RPS, Math.ceil(3 * rpsPeak)),
    ),
  };
};

/** Size of one training job from the measured sizing; a deadline of four times the expected time and ten minutes. */
export const trainingOf = (facts: Facts): TrainingSize => {
  const { cpus, trainMemoryMb, trainMinutes } = facts.sizing;
  const memoryRequestMb = roundUp(trainMemoryMb * 1.25, MEMORY_STEP_MB);
  return {
    cpus,
    memoryRequestMb,
    memoryLimitMb: roundUp(memoryRequestMb * 1.5, MEMORY_STEP_MB),
    deadlineSeconds: Math.ceil((4 * trainMinutes + 10) * 60),
    formula: `1.25 x ${trainMemoryMb} MB, limit 1.5 x; deadline 4 x ${trainMinutes} min + 10 min`,
  };
};
