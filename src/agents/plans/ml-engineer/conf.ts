import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import { searchSpace, trainRows, tunedFamily } from "./search-space.ts";

/** Rows that are answered at once: what prediction holds in memory follows this, not the number of rows. */
export const BATCH_ROWS = 10_000;

/** Most megabytes of derived data that are kept on disk. */
export const cacheMb = (facts: Facts): number => Math.max(200, facts.sizing.diskMb);

/** Rows that one training run holds in memory: a coded row of 300 doubles is 2.4 kB, and fitting keeps about four copies. */
const ROW_BYTES = 10_000;

/** Most rows that fit into the training memory of the facts; more are thinned evenly, and the run says so. */
export const maxRows = (facts: Facts): number =>
  Math.max(10_000, Math.floor((facts.sizing.trainMemoryMb * 1024 * 1024) / ROW_BYTES));

const personalNames = (facts: Facts): readonly string[] =>
  facts.groups.personal.flatMap(({ column }) => {
    const field = facts.profile.columns.find((entry) => entry.name === column)?.field;
    return field === undefined || field === column ? [column] : [column, field];
  });

/** conf/base.yaml as data: what holds in every environment. */
export const baseConf = (facts: Facts, spec: PipelineSpec) => ({
  training: {
    resamples: 2_000,
    level: 0.95,
    ensemble: "auto",
    use_tuned: true,
    learning_curve: [0.25, 0.5, 1],
    max_rows: maxRows(facts),
    batch_rows: BATCH_ROWS,
  },
  tuning: {
    trials: spec.training.trials,
    minutes: spec.training.minutes,
    // A third of the trials, at most ten, are drawn at random before the sampler learns from them.
    startup_trials: Math.max(1, Math.min(10, Math.ceil(spec.training.trials / 3))),
    family: tunedFamily(facts),
    storage: "artifacts/tuning.db",
    space: searchSpace(facts),
  },
  tracking: {
    adapter: spec.options.experiment_tracking,
    uri: "sqlite:///artifacts/mlflow.db",
    folder: "artifacts/runs",
    experiment: spec.pipeline.name,
    keep_runs: 50,
    max_artifact_mb: Math.max(50, 2 * facts.sizing.modelMb),
    sample_rows: Math.min(200, trainRows(facts)),
  },
  registry: { folder: "models", keep_versions: 20 },
  prediction_log: {
    folder: "predictions",
    sample: spec.prediction_log.sample,
    mask: [] as readonly string[],
    retention_days: spec.retention_days.predictions,
  },
  logging: { level: "INFO", redact: personalNames(facts) },
  cache: { enabled: true, folder: ".cache", max_mb: cacheMb(facts) },
});

const binary = (facts: Facts): boolean => facts.target.kind === "binary";

/** What each environment overrides, and in one line what it is for. */
export const environmentConfs = (facts: Facts) => ({
  dev: {
    about:
      "Where models are made: a version is registered whatever its figures, and says what it reached.",
    conf: {
      logging: { level: "DEBUG" },
      promotion: { stage: "dev", after: null, approval: false, checks: ["beats_baseline"] },
    },
  },
  staging: {
    about: `Where a version must beat the baseline${binary(facts) ? ", be calibrated" : ""} and answer in time; no approval is needed.`,
    conf: {
      promotion: {
        stage: "staging",
        after: "dev",
        approval: false,
        checks: ["beats_baseline", ...(binary(facts) ? ["calibration"] : []), "latency", "size"],
      },
    },
  },
  prod: {
    about:
      "Where people are served: everything of staging, every slice, and an approval of kind release.",
    conf: {
      logging: { level: "WARNING" },
      promotion: {
        stage: "prod",
        after: "staging",
        approval: true,
        checks: [
          "beats_baseline",
          "slices",
          ...(binary(facts) ? ["calibration"] : []),
          ...(binary(facts) && facts.groups.protected.length > 0 ? ["fairness"] : []),
          "latency",
          "size",
        ],
      },
    },
  },
});
