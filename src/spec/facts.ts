import { z } from "zod";

/** How sure a name can be used in code: a snake_case identifier, unique in the dataset, never a Python keyword. */
const Field = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);

export const COLUMN_TYPES = [
  "integer",
  "number",
  "boolean",
  "string",
  "date",
  "timestamp",
] as const;
export const PERSONAL_KINDS = ["email", "phone", "name", "address", "id"] as const;

/** One column as measured. Personal columns carry counts only: no quantiles, no top values, no extremes. */
export const ColumnFacts = z.strictObject({
  name: z.string(),
  field: Field,
  type: z.enum(COLUMN_TYPES),
  nulls: z.int(),
  distinct: z.int(),
  /** Numbers as they are; dates and timestamps as ISO text; absent for strings, booleans and personal columns. */
  min: z.union([z.number(), z.string()]).optional(),
  max: z.union([z.number(), z.string()]).optional(),
  mean: z.number().optional(),
  std: z.number().optional(),
  quantiles: z
    .strictObject({
      p01: z.number(),
      p05: z.number(),
      p25: z.number(),
      p50: z.number(),
      p75: z.number(),
      p95: z.number(),
      p99: z.number(),
    })
    .optional(),
  /** At most 50, most frequent first; all values when `distinct` ≤ 50. Strings and booleans only. */
  top: z.array(z.strictObject({ value: z.string(), count: z.int() })).optional(),
  averageLength: z.number().optional(),
  /** How the source writes the values, where it is not the plain way: whoever reads the source again must know. */
  written: z
    .strictObject({
      /** decimal: the mark before the decimals, the others being left out; affix: a sign that is left out, or "". */
      numbers: z.strictObject({ decimal: z.enum([".", ",", "either"]), affix: z.string() }),
      /** strptime formats, tried in this order. */
      dates: z.array(z.string()).min(1),
      /** Words that mean no value in this column alone. */
      missing: z.array(z.string()).min(1),
    })
    .partial()
    .optional(),
  personal: z.enum(PERSONAL_KINDS).nullable(),
});
export type ColumnFacts = z.infer<typeof ColumnFacts>;

export const ProfileFacts = z.strictObject({
  rows: z.int(),
  bytes: z.int(),
  format: z.enum(["csv", "tsv", "json", "jsonl", "parquet"]),
  encoding: z.string(),
  delimiter: z.string().nullable(),
  nullTokens: z.array(z.string()),
  duplicateRows: z.int(),
  columns: z.array(ColumnFacts),
});

export const FeatureFacts = z.strictObject({
  /** Name of the computed feature. */
  name: Field,
  /** Field of the column it is computed from. */
  source: Field,
  kind: z.enum(["numeric", "categorical", "boolean", "date_part"]),
  /** numeric: none | log1p; date_part: month | day_of_week | day_of_year | hour; categorical: one_hot | target_rate. */
  transform: z.enum([
    "none",
    "log1p",
    "month",
    "day_of_week",
    "day_of_year",
    "hour",
    "one_hot",
    "target_rate",
  ]),
  impute: z.enum(["median", "most_frequent", "missing_category", "none"]),
  /** True when absence is associated with the target, so that a missing flag is added. */
  missingFlag: z.boolean(),
  /** Clip limits from the 1 % and 99 % quantiles, numeric features only. */
  clip: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
  /** Known categories (most frequent first, at most 50); the rest goes to "__other__". */
  categories: z.array(z.string()).nullable(),
  reason: z.string(),
});
export type FeatureFacts = z.infer<typeof FeatureFacts>;

export const LeakageSuspect = z.strictObject({
  column: z.string(),
  field: Field,
  pattern: z.enum([
    "association",
    "name",
    "post_outcome",
    "absence",
    "timing",
    "aggregate",
    "copy_of_target",
    "identifier",
  ]),
  evidence: z.string(),
  value: z.number(),
  verdict: z.enum(["exclude", "keep"]),
});

export const TargetFacts = z.strictObject({
  column: z.string(),
  field: Field,
  kind: z.enum(["binary", "multiclass", "regression"]),
  /** Binary only: the positive class is `equals` these labels, or everything that is `not_equals` these labels. */
  positive: z
    .strictObject({ rule: z.enum(["equals", "not_equals"]), labels: z.array(z.string()) })
    .nullable(),
  classes: z.array(z.strictObject({ label: z.string(), count: z.int() })),
  nulls: z.int(),
  /** Binary: share of positives 0..1. Regression: null. Multi-class: share of the largest class. */
  baseRate: z.number().nullable(),
  mean: z.number().nullable(),
  std: z.number().nullable(),
  labelDelayDays: z.number(),
});

/** Everything code measured about the data and the choices. Typed, no prose but reasons. Named as the contracts name them. */
export const Facts = z.strictObject({
  source: z.strictObject({
    name: z.string(),
    uri: z.string(),
    licence: z.string().nullable(),
    refresh: z.string().nullable(),
  }),
  /** With several sources each of them, the first being the dataset that the others were joined to; absent with one. */
  sources: z
    .array(
      z.strictObject({
        name: z.string(),
        uri: z.string(),
        kind: z.enum(["file", "sql", "api"]),
        rows: z.int(),
        bytes: z.int(),
        sha256: z.string(),
        format: ProfileFacts.shape.format,
        encoding: z.string(),
        delimiter: z.string().nullable(),
        nullTokens: z.array(z.string()),
        /** Name of the environment variable with its password or token. */
        credential: z.string().nullable(),
        key: z.array(z.string()),
        eventTime: z.string().nullable(),
        /** strptime formats of its event time, where it is not written the plain way. */
        eventDates: z.array(z.string()).optional(),
        /** Rows of the first source that found a row in this one. */
        matched: z.int(),
      }),
    )
    .optional(),
  snapshot: z.strictObject({ sha256: z.string(), bytes: z.int() }),
  profile: ProfileFacts,
  keys: z.strictObject({
    candidates: z.array(z.array(z.string())),
    chosen: z.array(z.string()),
    duplicates: z.int(),
    entity: z.array(z.string()),
    reason: z.string(),
  }),
  time: z.strictObject({
    column: z.string().nullable(),
    field: Field.nullable(),
    min: z.string().nullable(),
    max: z.string().nullable(),
    spanDays: z.number().nullable(),
    grain: z.enum(["second", "minute", "hour", "day", "month", "unknown"]),
    gapDays: z.number().nullable(),
    reason: z.string(),
  }),
  arrival: z.strictObject({
    period: z.enum(["day", "week", "month", "year", "none"]),
    perPeriod: z.array(z.strictObject({ period: z.string(), rows: z.int() })),
    meanRows: z.number().nullable(),
    meanBytes: z.number().nullable(),
    /** Relative growth per year, e.g. 0.04; null without time. */
    growthPerYear: z.number().nullable(),
  }),
  target: TargetFacts,
  assoc: z.array(
    z.strictObject({
      column: z.string(),
      field: Field,
      /** auc: 0.5..1 of the column used alone; correlation: |r|; cramers_v: 0..1; eta2: 0..1. */
      measure: z.enum(["auc", "correlation", "cramers_v", "eta2"]),
      value: z.number(),
      /** Difference of the target's rate (or mean in standard deviations) between missing and present; null when never missing. */
      missingEffect: z.number().nullable(),
    }),
  ),
  leakage: z.array(LeakageSuspect),
  baseline: z.strictObject({
    metric: z.enum(["roc_auc", "average_precision", "macro_f1", "mae", "rmse"]),
    greaterIsBetter: z.boolean(),
    trivial: z.strictObject({ rule: z.string(), value: z.number() }),
    bestColumn: z.strictObject({ column: z.string(), field: Field, value: z.number() }).nullable(),
  }),
  power: z.strictObject({
    rows: z.int(),
    positives: z.int().nullable(),
    alpha: z.number(),
    power: z.number(),
    minEffect: z.number(),
    perArm: z.int(),
  }),
  split: z.strictObject({
    kind: z.enum(["time", "entity", "random"]),
    /** Time split: rows at or after this ISO instant are the hold-out. */
    cut: z.string().nullable(),
    holdoutShare: z.number(),
    folds: z.int(),
    reason: z.string(),
  }),
  features: z.array(FeatureFacts),
  excluded: z.array(z.strictObject({ column: z.string(), field: Field, reason: z.string() })),
  groups: z.strictObject({
    slices: z.array(Field),
    protected: z.array(Field),
    personal: z.array(z.strictObject({ column: z.string(), kind: z.enum(PERSONAL_KINDS) })),
  }),
  sizing: z.strictObject({
    memoryMb: z.int(),
    trainMemoryMb: z.int(),
    diskMb: z.int(),
    trainMinutes: z.number(),
    cpus: z.int(),
    modelMb: z.int(),
  }),
  load: z.strictObject({
    rpsMean: z.number(),
    rpsPeak: z.number(),
    batchRowsPerDay: z.int(),
    from: z.enum(["spec", "arrival", "assumed"]),
  }),
  /** Choices that were not given and had to be taken; each stands in the first handoff. */
  assumptions: z.array(
    z.strictObject({
      subject: z.string(),
      assumed: z.string(),
      why: z.string(),
      change: z.string(),
    }),
  ),
});
export type Facts = z.infer<typeof Facts>;
