import { refuse } from "../../data/refuse.ts";
import { quoteId, stable, toCount } from "../../data/sql.ts";
import type { ColumnFacts, Facts, FeatureFacts } from "../../spec/facts.ts";
import type { PipelineSpec } from "../../spec/spec.ts";
import { findColumn, isCategorical, isNumeric, isTime, type LearnScope, repeats } from "./scope.ts";

type Excluded = Facts["excluded"][number];

const MOST_ONE_HOT = 12;
const MOST_CATEGORIES = 50;
/** Categories with fewer rows teach nothing that lasts; they go to "__other__". In few rows fewer must do, or none would be left. */
const leastRows = (rows: number): number => Math.min(20, Math.max(5, Math.floor(rows / 500)));
const SKEWED = 20; // max / median beyond which a positive amount is taken as a logarithm
const MISSING_TELLS = 0.02;

/** A leak is left out, and so is what people exclude, what is personal, constant, or text that hardly repeats. */
const whyExcluded = (
  scope: LearnScope,
  column: ColumnFacts,
  leakage: Facts["leakage"],
): string | null => {
  const asked = (names: readonly string[]) =>
    names.some((name) => findColumn(scope.profile.columns, name)?.field === column.field);
  if (asked(scope.spec.columns.exclude)) return "excluded by columns.exclude";
  if (column.personal !== null) return `personal data (${column.personal})`;
  const leak = leakage.find((item) => item.field === column.field && item.verdict === "exclude");
  if (leak) return `leaks the target (${leak.pattern.replaceAll("_", " ")}): ${leak.evidence}`;
  if (column.distinct < 2) return "constant";
  if (isCategorical(column) && !repeats(column, scope.profile.rows))
    return `free text: ${column.distinct} different values in ${scope.profile.rows} rows`;
  return null;
};

const numeric = (
  column: ColumnFacts,
  missingFlag: boolean,
  outliers: PipelineSpec["features"]["outliers"],
): FeatureFacts => {
  const q = column.quantiles;
  const skewed =
    q !== undefined && Number(column.min) >= 0 && q.p50 > 0 && Number(column.max) / q.p50 > SKEWED;
  return {
    name: column.field,
    source: column.field,
    kind: "numeric",
    transform: skewed ? "log1p" : "none",
    impute: "median",
    missingFlag,
    clip: q && outliers !== "keep" ? { low: q.p01, high: q.p99 } : null,
    categories: null,
    reason: `${column.distinct} values from ${column.min} to ${column.max}, median ${q?.p50}${skewed ? ", strongly skewed" : ""}`,
  };
};

const categorical = (column: ColumnFacts, rows: number): FeatureFacts => {
  const least = leastRows(rows);
  const known = (column.top ?? []).filter(({ count }) => count >= least).slice(0, MOST_CATEGORIES);
  const oneHot = known.length <= MOST_ONE_HOT;
  return {
    name: column.field,
    source: column.field,
    kind: "categorical",
    transform: oneHot ? "one_hot" : "target_rate",
    impute: "missing_category",
    missingFlag: false,
    clip: null,
    categories: known.map(({ value }) => value),
    reason: `${column.distinct} values, ${known.length} of them with at least ${least} rows`,
  };
};

/** Two values are one number, 0 or 1: no categories, and the more frequent one stands in for a missing value. */
const flag = (column: ColumnFacts, missingFlag: boolean): FeatureFacts => ({
  name: column.field,
  source: column.field,
  kind: "boolean",
  transform: "none",
  impute: "most_frequent",
  missingFlag,
  clip: null,
  categories: null,
  reason: `true or false, ${column.nulls} missing`,
});

const labels = (column: ColumnFacts, missingFlag: boolean, rows: number): FeatureFacts =>
  column.type === "boolean" ? flag(column, missingFlag) : categorical(column, rows);

/** The effect that absence has by chance in one of twenty columns: two standard errors of a difference of two rates (or means). */
const byChance = ({ profile, target }: LearnScope, { nulls }: ColumnFacts): number => {
  const rate = target.baseRate ?? 0.5;
  const spread = target.kind === "regression" ? 1 : rate * (1 - rate);
  return 2 * Math.sqrt(spread * (1 / nulls + 1 / Math.max(1, profile.rows - nulls)));
};

/** Whether absence becomes a feature of its own: as people say, else for numbers where it tells, for true or false wherever it occurs. */
const flagged = (scope: LearnScope, column: ColumnFacts, assoc: Facts["assoc"]): boolean => {
  const { missing } = scope.spec.features;
  if (column.nulls === 0 || missing === "impute") return false;
  if (missing === "flag" || column.type === "boolean") return true;
  const effect = assoc.find((item) => item.field === column.field)?.missingEffect ?? null;
  return (
    effect !== null && Math.abs(stable(effect)) >= Math.max(MISSING_TELLS, byChance(scope, column))
  );
};

const datePart = (column: ColumnFacts, part: "month" | "day_of_week" | "hour"): FeatureFacts => ({
  name: `${column.field}_${part}`.slice(0, 63),
  source: column.field,
  kind: "date_part",
  transform: part,
  impute: "median",
  missingFlag: false,
  clip: null,
  categories: null,
  reason:
    part === "hour"
      ? "the time of day may matter"
      : "season and weekday may matter; the year would not be known ahead",
});

const hasHours = async (scope: LearnScope, { field }: ColumnFacts): Promise<boolean> => {
  const [[hours] = []] = await scope.dataset.rows(
    `SELECT count(DISTINCT date_part('hour', CAST(${quoteId(field)} AS TIMESTAMP))) FROM data`,
  );
  return toCount(hours) > 1;
};

/** Refuses a dataset of which no column is left to learn from: UserInputError NO_FEATURES names why each is left out. */
export const requireFeatures = (
  features: readonly FeatureFacts[],
  excluded: readonly Excluded[],
): void => {
  if (features.length > 0) return;
  throw refuse("NO_FEATURES", {
    message: "No column is left to learn from.",
    expected: "at least one column that varies, repeats and is known before the outcome",
    got: excluded
      .slice(0, 20)
      .map(({ column, reason }) => `${column}: ${reason}`)
      .join("; "),
    next: "Give more columns, or keep one of these by columns.include.",
  });
};

/** One typed spec per feature, and what is left out with why. Limits and categories are those of the data at hand. */
export const measureFeatures = async (
  scope: LearnScope,
  assoc: Facts["assoc"],
  leakage: Facts["leakage"],
): Promise<{ readonly features: FeatureFacts[]; readonly excluded: Excluded[] }> => {
  const features: FeatureFacts[] = [];
  const excluded: Excluded[] = [];
  for (const column of scope.profile.columns.filter(({ field }) => field !== scope.target.field)) {
    const why = whyExcluded(scope, column, leakage);
    if (why !== null) {
      excluded.push({ column: column.name, field: column.field, reason: why });
    } else if (isNumeric(column)) {
      features.push(numeric(column, flagged(scope, column, assoc), scope.spec.features.outliers));
    } else if (isTime(column)) {
      features.push(datePart(column, "month"), datePart(column, "day_of_week"));
      if (column.type === "timestamp" && (await hasHours(scope, column)))
        features.push(datePart(column, "hour"));
    } else features.push(labels(column, flagged(scope, column, assoc), scope.profile.rows));
  }
  return { features, excluded };
};
