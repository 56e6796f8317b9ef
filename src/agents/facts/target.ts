import { refuse } from "../../data/refuse.ts";
import { quoteId, quoteText, stable, toCount } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import { nearMatches } from "../../spec/intake-near.ts";
import { findColumn, isNumeric, isTime, type Scope } from "./scope.ts";
import { choosePositive, isPositive, parsePositive, quietLabel } from "./target-label.ts";

type Target = Facts["target"];
type Class = Target["classes"][number];

/** More labels than this are no classes: a number is then an amount, a text an identifier. */
const MOST_CLASSES = 50;
/** Integers of more values than this count something. */
const MOST_INTEGER_CLASSES = 10;

const resolve = ({ spec, profile }: Scope): ColumnFacts => {
  const wanted = spec.target.column;
  const found = findColumn(profile.columns, wanted);
  if (found) return found;
  const near = nearMatches(
    wanted,
    profile.columns.map(({ name }) => name),
  );
  throw refuse("TARGET_UNKNOWN", {
    message: `The dataset has no column "${wanted}".`,
    expected: profile.columns
      .slice(0, 30)
      .map(({ name }) => name)
      .join(", "),
    got: wanted,
    next:
      near.length > 0
        ? `Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`
        : "Give one of its columns as target.column.",
  });
};

const readClasses = async ({ dataset }: Scope, field: string): Promise<readonly Class[]> => {
  const rows = await dataset.rows(
    `SELECT CAST(${quoteId(field)} AS VARCHAR) AS v, count(*) AS n FROM data WHERE ${quoteId(field)} IS NOT NULL GROUP BY 1 ORDER BY n DESC, v LIMIT ${MOST_CLASSES + 1}`,
  );
  return rows.map(([label, count]) => ({ label: String(label), count: toCount(count) }));
};

const checkUsable = ({ profile, spec }: Scope, column: ColumnFacts): void => {
  const filled = profile.rows - column.nulls;
  if (filled === 0) {
    throw refuse("TARGET_EMPTY", {
      message: `The target "${column.name}" has no value in any row.`,
      expected: "a target with values",
      got: `${column.nulls} missing of ${profile.rows}`,
      next: "Choose another target, or check dataset.null_tokens.",
    });
  }
  if (column.distinct < 2) {
    throw refuse("TARGET_CONSTANT", {
      message: `The target "${column.name}" has the same value in every row.`,
      expected: "at least two values",
      got: "one value",
      next: "Choose another target.",
    });
  }
  if (filled < spec.training.folds * 2) {
    throw refuse("TOO_FEW_ROWS", {
      message: "There are too few rows with a target to train and test on.",
      expected: `at least ${spec.training.folds * 2} rows (two per fold, ${spec.training.folds} folds)`,
      got: `${filled} rows`,
      next: "Give more rows, or lower training.folds.",
    });
  }
};

const kindOf = (scope: Scope, column: ColumnFacts, classes: readonly Class[]): Target["kind"] => {
  const given = scope.spec.target.kind;
  if (isTime(column) || (given === "regression" && !isNumeric(column))) {
    throw refuse("TARGET_KIND", {
      message: `The target "${column.name}" cannot be learnt as ${given === "auto" ? "a class or an amount" : given}.`,
      expected: "a column of labels, or of numbers for regression",
      got: column.type,
      next: "Choose another target, or change target.kind.",
    });
  }
  if (given !== "auto") return given;
  if (column.distinct === 2) return "binary";
  if (column.type === "number") return "regression";
  if (column.type === "integer") {
    return column.distinct > MOST_INTEGER_CLASSES ||
      /\bhow (much|many|long)\b/i.test(scope.spec.pipeline.goal)
      ? "regression"
      : "multiclass";
  }
  return quietLabel(classes, scope.spec.pipeline.goal) === null ? "multiclass" : "binary";
};

const givenPositive = (scope: Scope, classes: readonly Class[]): Target["positive"] => {
  const rule = parsePositive(scope.spec.target.positive);
  const literal = classes.some(({ label }) => label === scope.spec.target.positive);
  if (literal) return { rule: "equals", labels: [scope.spec.target.positive] };
  const label = rule.labels[0] ?? "";
  if (classes.some((known) => known.label === label)) return rule;
  const names = classes.map((known) => known.label);
  const near = nearMatches(label, names);
  throw refuse("POSITIVE_UNKNOWN", {
    message: `The target has no label "${label}".`,
    expected: names.slice(0, 20).join(", "),
    got: label,
    next:
      near.length > 0 ? `Did you mean "${near[0]}"?` : "Give one of its labels as target.positive.",
  });
};

const autoPositive = (
  scope: Scope,
  column: ColumnFacts,
  classes: readonly Class[],
): NonNullable<Target["positive"]> => {
  if (classes.length === 2) {
    const { label, why } = choosePositive(classes);
    scope.assume({
      subject: "positive class",
      assumed: `"${label}" of ${column.name}`,
      why,
      change: `target.positive (comment: positive ${classes.find((other) => other.label !== label)?.label ?? ""})`,
    });
    return { rule: "equals", labels: [label] };
  }
  const quiet = quietLabel(classes, scope.spec.pipeline.goal);
  const label = quiet ?? classes[0]?.label ?? "";
  const others = classes
    .filter((known) => known.label !== label)
    .map((known) => `${known.label} ${known.count}`);
  scope.assume({
    subject: "positive class",
    assumed: `every label of ${column.name} but "${label}"`,
    why: `${quiet === null ? "it is the most frequent label" : "it reads as no event and holds most rows, and the goal asks whether, not which"}; positive are ${others.slice(0, 10).join(", ")}`,
    change: `target.positive: "!${label}" says the same; target.kind: multiclass keeps the labels apart (comment: set target.kind = multiclass)`,
  });
  return { rule: "not_equals", labels: [label] };
};

const tooFew = (name: string, count: number, folds: number) =>
  refuse("TOO_FEW_ROWS", {
    message: "A class has fewer rows than there are folds.",
    expected: `at least ${folds} rows of each class (training.folds is ${folds})`,
    got: `${count} rows of ${name}`,
    next: "Give more rows, lower training.folds, or choose another positive class.",
  });

/** SQL of the target as a learner sees it: 0 or 1, the label, or the number; NULL where it is missing. */
export const targetSql = ({ field, kind, positive }: Target): string => {
  const id = quoteId(field);
  if (kind === "regression") return `CAST(${id} AS DOUBLE)`;
  if (kind === "multiclass" || positive === null) return `CAST(${id} AS VARCHAR)`;
  const labels = positive.labels.map(quoteText).join(", ");
  const test = `CAST(${id} AS VARCHAR) ${positive.rule === "equals" ? "IN" : "NOT IN"} (${labels})`;
  return `CASE WHEN ${id} IS NULL THEN NULL WHEN ${test} THEN 1.0 ELSE 0.0 END`;
};

const binaryFacts = (scope: Scope, column: ColumnFacts, classes: readonly Class[]) => {
  const positive =
    scope.spec.target.positive === "auto"
      ? autoPositive(scope, column, classes)
      : givenPositive(scope, classes);
  if (!positive) return { positive, baseRate: null };
  const rows = classes.reduce((sum, { count }) => sum + count, 0);
  const positives = classes.reduce(
    (sum, { label, count }) => sum + (isPositive(positive, label) ? count : 0),
    0,
  );
  const { folds } = scope.spec.training;
  if (positives < folds) throw tooFew("the positive class", positives, folds);
  if (rows - positives < folds) throw tooFew("the negative class", rows - positives, folds);
  return { positive, baseRate: stable(positives / rows) };
};

const multiclassFacts = (scope: Scope, classes: readonly Class[]) => {
  const { folds } = scope.spec.training;
  const rows = classes.reduce((sum, { count }) => sum + count, 0);
  const rare = classes.filter(({ count }) => count < folds);
  if (classes.length - rare.length < 2)
    throw tooFew(rare[0]?.label ?? "a class", rare[0]?.count ?? 0, folds);
  if (rare.length > 0) {
    scope.assume({
      subject: "rare classes",
      assumed: "kept, though some folds will not hold them",
      why: rare.map(({ label, count }) => `${label} ${count}`).join(", "),
      change: `training.folds (comment: folds 2) or target.positive`,
    });
  }
  return { positive: null, baseRate: stable((classes[0]?.count ?? 0) / rows) };
};

/**
 * The target: its kind, classes, positive rule and rates. UserInputError TARGET_UNKNOWN, TARGET_EMPTY, TARGET_CONSTANT, TARGET_KIND,
 * TARGET_CLASSES (labels that hardly repeat), POSITIVE_UNKNOWN, TOO_FEW_ROWS.
 */
export const measureTarget = async (scope: Scope): Promise<Target> => {
  const column = resolve(scope);
  checkUsable(scope, column);
  const all = await readClasses(scope, column.field);
  const kind = kindOf(scope, column, all);
  if (kind !== "regression" && all.length > MOST_CLASSES) {
    throw refuse("TARGET_CLASSES", {
      message: `The target "${column.name}" has too many labels for classes.`,
      expected: `at most ${MOST_CLASSES} labels, or numbers`,
      got: `${column.distinct} labels`,
      next: "Choose another target, or group its labels first.",
    });
  }
  const classes = kind === "regression" ? [] : [...all];
  if (scope.spec.target.kind === "auto") {
    scope.assume({
      subject: "kind of target",
      assumed: kind,
      why: `${column.name} is of type ${column.type} with ${column.distinct} values`,
      change: "target.kind (comment: set target.kind = binary, multiclass or regression)",
    });
  }
  if (column.nulls > 0) {
    scope.assume({
      subject: "rows without a target",
      assumed: `${column.nulls} rows are left out of training and testing`,
      why: "nothing can be learnt from a row whose answer is missing",
      change: "dataset.null_tokens, where a token is really a label (set dataset.null_tokens = …)",
    });
  }
  const own =
    kind === "binary"
      ? binaryFacts(scope, column, all)
      : kind === "multiclass"
        ? multiclassFacts(scope, all)
        : { positive: null, baseRate: null };
  return {
    column: column.name,
    field: column.field,
    kind,
    ...own,
    classes,
    nulls: column.nulls,
    mean: kind === "regression" ? (column.mean ?? null) : null,
    std: kind === "regression" ? (column.std ?? null) : null,
    labelDelayDays: scope.spec.target.label_delay_days,
  };
};
