import { z } from "zod";
import { PolicyRules } from "./config.ts";
import { CHOICES, OPTIONS } from "./options.ts";
import { branchProblem, remoteProblem } from "./remote.ts";
import { SourceSpec } from "./source-argument.ts";

type ValueTable = Readonly<Record<string, readonly [string, ...string[]]>>;
type EnumShape<T extends ValueTable> = {
  [K in keyof T]: z.ZodDefault<z.ZodType<T[K][number], T[K][number]>>;
};

/** A zod shape with one enum per row, its first value being the default. Object.entries forgets the keys, hence the cast. */
const enumShape = <T extends ValueTable>(table: T): EnumShape<T> =>
  Object.fromEntries(
    Object.entries(table).map(([name, values]) => [name, z.enum(values).default(values[0])]),
  ) as unknown as EnumShape<T>;

const checked = (problem: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message) context.addIssue({ code: "custom", message });
  });

/** Where a run's branch is pushed, and the branch that people review it into. No credentials: those are environment. */
export const RepositorySpec = z.strictObject({
  remote: checked(remoteProblem).nullable().default(null),
  branch: checked(branchProblem).default("main"),
});

/** Model families that a person may ask for. */
export const FAMILIES = ["linear", "additive", "hist_gradient_boosting", "random_forest"] as const;

/** What a team wants built, complete with defaults: `spec.yaml` of the pipeline repository. Unknown keys are refused. */
export const PipelineSpec = z.strictObject({
  pipeline: z.strictObject({
    version: z.literal(1).default(1),
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/,
        "a slug of 3 to 40 lower-case letters, digits and dashes",
      ),
    goal: z.string().min(10).max(2000),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31)
      .default(42),
  }),
  dataset: z.strictObject({
    uri: z.string().min(1).max(2000),
    format: z.enum(["auto", "csv", "tsv", "json", "jsonl", "parquet"]).default("auto"),
    null_tokens: z.array(z.string().max(40)).max(20).default([""]),
    /** Name of the environment variable that holds the password or token of its address. */
    credential: SourceSpec.shape.credential,
  }),
  /** Further sources, joined to the dataset as of its event time. */
  sources: z
    .array(SourceSpec)
    .max(19)
    .refine(
      (list) => new Set(["dataset", ...list.map(({ name }) => name)]).size === list.length + 1,
      "source names must differ from each other and from dataset",
    )
    .default([]),
  repository: RepositorySpec.prefault({}),
  target: z.strictObject({
    column: z.string().min(1),
    kind: z.enum(["auto", "binary", "multiclass", "regression"]).default("auto"),
    /** Binary: label of the positive class, or with a leading "!" the label that everything else is positive against. */
    positive: z.string().default("auto"),
    label_delay_days: z.number().min(0).max(365).default(0),
  }),
  columns: z
    .strictObject({
      entity: z.array(z.string()).default([]),
      event_time: z.string().default("auto"),
      exclude: z.array(z.string()).default([]),
      /** Leakage suspects that people want to keep all the same. */
      include: z.array(z.string()).default([]),
      personal: z.array(z.string()).default([]),
      groups: z.array(z.string()).default([]),
    })
    .prefault({}),
  features: z
    .strictObject({
      /** Missing numbers: auto: a flag where absence tells; flag: one wherever any is missing; impute: none. */
      missing: z.enum(["auto", "flag", "impute"]).default("auto"),
      /** Numbers beyond the 1 % and 99 % quantiles: clip (auto), or keep. */
      outliers: z.enum(["auto", "clip", "keep"]).default("auto"),
    })
    .prefault({}),
  metric: z
    .strictObject({
      primary: z
        .enum(["auto", "roc_auc", "average_precision", "macro_f1", "mae", "rmse"])
        .default("auto"),
      margin: z.number().min(0).default(0),
      /** Decision threshold of a two-valued target, 0..1; null: the one that costs least. */
      threshold: z.number().min(0).max(1).nullable().default(null),
      error_costs: z
        .strictObject({
          false_positive: z.number().min(0).default(1),
          false_negative: z.number().min(0).default(1),
        })
        .prefault({}),
    })
    .prefault({}),
  options: z.strictObject(enumShape(OPTIONS)).prefault({}),
  choices: z.strictObject(enumShape(CHOICES)).prefault({}),
  training: z
    .strictObject({
      folds: z.int().min(2).max(20).default(5),
      holdout: z.number().min(0.05).max(0.5).default(0.2),
      trials: z.int().min(1).max(1000).default(30),
      minutes: z.int().min(1).max(1440).default(10),
      /** How the hold-out is chosen; auto: by time, else by entity, else at random. */
      split: z.enum(["auto", "time", "entity", "random"]).default("auto"),
      /** Model families that may be tried; none given: those that suit the data. The trivial rule is always there. */
      families: z.array(z.enum(FAMILIES)).default([]),
    })
    .prefault({}),
  experiment: z
    .strictObject({
      alpha: z.number().min(0.001).max(0.2).default(0.05),
      power: z.number().min(0.5).max(0.99).default(0.8),
      arms: z.int().min(2).max(10).default(2),
      max_days: z.int().min(1).max(365).default(28),
    })
    .prefault({}),
  load: z
    .strictObject({
      rps_mean: z.number().positive().nullable().default(null),
      rps_peak: z.number().positive().nullable().default(null),
    })
    .prefault({}),
  slo: z
    .strictObject({
      p99_ms: z.int().min(1).max(60_000).default(200),
      availability: z.number().min(0.9).max(0.99999).default(0.999),
      alert_s: z.int().min(5).max(3600).default(60),
      rollback_s: z.int().min(10).max(3600).default(300),
      drift_h: z.int().min(1).max(168).default(24),
      degradation_pct: z.number().min(0.1).max(50).default(5),
      quality_pct: z.number().min(0).max(5).default(0.1),
    })
    .prefault({}),
  retention_days: z
    .strictObject({
      raw: z.int().min(1).max(3650).default(365),
      processed: z.int().min(1).max(3650).default(180),
      feature: z.int().min(1).max(3650).default(90),
      logs: z.int().min(1).max(730).default(30),
      predictions: z.int().min(1).max(3650).default(180),
    })
    .prefault({}),
  prediction_log: z.strictObject({ sample: z.number().min(0).max(1).default(1) }).prefault({}),
  /** May only tighten the workspace's policy: more votes, fewer people, higher levels, shorter deadlines. */
  policy: PolicyRules.optional(),
  cloud_budget: z
    .strictObject({
      month_usd: z.number().min(0).max(1e7).default(0),
      warn_pct: z.array(z.int()).default([50, 80, 100]),
    })
    .prefault({}),
});
export type PipelineSpec = z.infer<typeof PipelineSpec>;
export type PipelineSpecInput = z.input<typeof PipelineSpec>;
