import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { UserInputError } from "../../src/lib/errors.ts";
import { type IntakeRequest, intake, remoteAsked } from "../../src/spec/intake.ts";
import { PipelineSpec } from "../../src/spec/spec.ts";
import { MOST_SPEC_CHARS, parseSpecFile } from "../../src/spec/spec-file.ts";

const LEAST = {
  pipeline: { goal: "predict which wildlife strikes damage the aircraft" },
  dataset: { uri: "data/birdstrikes.csv" },
  target: { column: "Effect Amount of damage" },
};
/** A value of its own for every key, so that none can be forgotten without a test that fails. */
const FULL = {
  pipeline: { version: 1, name: "strikes", goal: LEAST.pipeline.goal, seed: 7 },
  dataset: { uri: "d.csv", format: "csv", null_tokens: ["", "NA"], credential: "DATA_PASSWORD" },
  sources: [
    {
      name: "weather",
      uri: "w.csv",
      kind: "file",
      key: ["airport"],
      event_time: "at",
      credential: null,
      format: "tsv",
      null_tokens: ["-"],
    },
  ],
  repository: { remote: "https://git.example/team/strikes.git", branch: "trunk" },
  target: { column: "damage", kind: "binary", positive: "!None", label_delay_days: 3 },
  columns: {
    entity: ["tail"],
    event_time: "day",
    exclude: ["cost"],
    include: ["speed"],
    personal: ["pilot"],
    groups: ["state"],
  },
  features: { missing: "flag", outliers: "keep" },
  metric: {
    primary: "average_precision",
    margin: 0.01,
    threshold: 0.4,
    error_costs: { false_positive: 1, false_negative: 9 },
  },
  options: {
    experiment_tracking: "wandb",
    feature_store: "custom",
    serving_platform: "triton",
    orchestration: "airflow",
    cloud_provider: "gcp",
    deployment_mode: "batch",
    monitoring_stack: "custom",
  },
  choices: { tuner: "ray-tune", ci: "gitlab" },
  training: {
    folds: 4,
    holdout: 0.3,
    trials: 9,
    minutes: 2,
    split: "entity",
    families: ["linear"],
  },
  experiment: { alpha: 0.1, power: 0.9, arms: 3, max_days: 9 },
  load: { rps_mean: 2, rps_peak: 8 },
  slo: {
    p99_ms: 90,
    availability: 0.99,
    alert_s: 30,
    rollback_s: 60,
    drift_h: 12,
    degradation_pct: 3,
    quality_pct: 0.2,
  },
  retention_days: { raw: 1, processed: 2, feature: 3, logs: 4, predictions: 5 },
  prediction_log: { sample: 0.5 },
  cloud_budget: { month_usd: 100, warn_pct: [60, 90] },
};

const said = (spec: object, rest: Partial<IntakeRequest> = {}): PipelineSpec =>
  intake({ options: {}, ...rest, spec: parseSpecFile(stringify(spec)) });
const refusal = (spec: object, rest: Partial<IntakeRequest> = {}): UserInputError => {
  try {
    said(spec, rest);
  } catch (error) {
    if (error instanceof UserInputError) return error;
    throw error;
  }
  throw new Error("was accepted");
};

describe("a spec file", () => {
  test("may say every key of the spec", () => {
    expect(Object.keys(FULL).sort()).toEqual(
      Object.keys(PipelineSpec.shape)
        .filter((key) => key !== "policy")
        .sort(),
    );
    expect(said(FULL)).toEqual(PipelineSpec.parse(FULL));
    expect(said(FULL)).toMatchObject(FULL);
    const policy = { quorum: 2, deadline: "24h" };
    expect(said({ ...FULL, policy }).policy).toEqual({ quorum: 2, deadline: 86_400_000 });
  });

  test("may leave out all but goal, data and target, and is named by its file", () => {
    expect(said(LEAST)).toEqual(
      intake({
        goal: LEAST.pipeline.goal,
        dataset: LEAST.dataset.uri,
        target: LEAST.target.column,
        options: {},
      }),
    );
  });

  test("gives way to what is said besides, key by key", () => {
    const spec = said(FULL, {
      target: "other",
      name: "else-where",
      dataset: "e.csv",
      options: { cloud_provider: "azure", ci: "github" },
    });
    expect(spec).toMatchObject({
      pipeline: { name: "else-where", seed: 7 },
      dataset: { uri: "e.csv", format: "csv" },
      target: { column: "other", positive: "!None" },
      options: { cloud_provider: "azure", feature_store: "custom" },
      choices: { ci: "github", tuner: "ray-tune" },
    });
    expect(remoteAsked({ spec: FULL })).toEqual(FULL.repository);
    expect(remoteAsked({ spec: FULL, remote: null, branch: "b" })).toEqual({
      remote: null,
      branch: "b",
    });
    expect(remoteAsked({})).toEqual({});
  });

  test("is refused with every bad key at once, and the one that was meant", () => {
    const { code, message } = refusal({
      pipelines: {},
      pipeline: { goal: LEAST.pipeline.goal, sed: 1 },
      dataset: { uri: "https://user:secret@host/x", format: "excel" },
      metric: { primary: "auc_roc", error_costs: { false_negatives: 3 } },
      options: { cloud_provider: "gpc", feature_stores: "feast" },
      training: { folds: 1, families: ["linear", "xgboost"] },
      sources: [{ name: "weather", uri: "w.csv", keys: ["a"] }],
      repository: { remote: "https://user:secret@host/x" },
    });
    expect(code).toBe("INTAKE");
    for (const line of [
      "missing target: the column to predict",
      "pipelines: unknown key; did you mean pipeline?",
      "pipeline.sed: unknown key; did you mean seed?",
      'dataset.format: expected one of auto, csv, tsv, json, jsonl, parquet, got "excel"',
      'metric.primary: expected one of auto, roc_auc, average_precision, macro_f1, mae, rmse, got "auc_roc"',
      "metric.error_costs.false_negatives: unknown key; did you mean false_negative?",
      'options.cloud_provider: expected one of aws, azure, gcp, multi-cloud, got "gpc"; did you mean gcp?',
      "options.feature_stores: unknown key; did you mean feature_store?",
      "training.folds:",
      "training.families[1]: expected one of linear, additive",
      "sources[0].keys: unknown key; did you mean key?",
    ])
      expect(message).toContain(line);
    expect(message).not.toContain("secret");
  });

  test.each([
    ["pipeline: [", "SPEC_FILE"],
    ["", "SPEC_FILE"],
    ["- a\n- b", "SPEC_FILE"],
    ["a: 1\na: 2", "SPEC_FILE"],
    [`a: ${"x".repeat(MOST_SPEC_CHARS)}`, "SPEC_FILE"],
    [
      `a: &a [1,1,1]\n${"bcdefghij".replace(/./g, (x) => `${x}: &${x} [*a,*a,*a,*a,*a,*a]\n`)}`,
      "SPEC_FILE",
    ],
  ])("that is no mapping is refused: %.20s", (text, code) => {
    expect(() => parseSpecFile(text)).toThrow(expect.objectContaining({ code }));
  });

  test("with a section of another kind is told so", () => {
    expect(refusal({ ...LEAST, training: "fast", target: "damage" }).message).toMatch(
      /target: .*object[\s\S]*training: .*object/,
    );
  });
});
