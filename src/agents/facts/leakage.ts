import { quoteId, toNumber } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import { ID_NAME } from "./keys.ts";
import { findColumn, isNumeric, type LearnScope, learn, percent, repeats } from "./scope.ts";

type Suspect = Facts["leakage"][number];
type Assoc = Facts["assoc"][number];

/** Above this a single column tells more than a cause known beforehand plausibly can; rarely reached by honest features. */
const TOO_GOOD: Readonly<Record<Assoc["measure"], number>> = {
  auc: 0.98,
  correlation: 0.98,
  cramers_v: 0.95,
  eta2: 0.95,
};
/** A column that is filled (or not zero) this much more often for positives, and almost only for them, was written afterwards. */
const MOSTLY = 0.8;
const LIFT = 5;

// Words for what is only known once the outcome is.
const AFTERWARDS =
  /(^|_)(cost|costs|repair|refund|refunded|chargeback|claim|payout|settlement|resolution|outcome|result|closed|cancelled_at|churned_at|discharge|death|diagnosis|penalty|recovered|write_off|collection)(_|$)/;

interface PostOutcome {
  readonly withValue: number;
  readonly without: number;
  readonly shareOfValued: number;
}

const postOutcome = async (scope: LearnScope, column: ColumnFacts): Promise<PostOutcome | null> => {
  if (scope.target.kind !== "binary") return null;
  const id = quoteId(column.field);
  const valued = isNumeric(column) ? `(${id} IS NOT NULL AND ${id} <> 0)` : `${id} IS NOT NULL`;
  const [[positives, negatives, share] = []] = await scope.dataset.rows(
    `SELECT avg(CASE WHEN ${valued} THEN 1.0 ELSE 0 END) FILTER (_n = 1), avg(CASE WHEN ${valued} THEN 1.0 ELSE 0 END) FILTER (_n = 0), avg(_n) FILTER (${valued}) FROM ${learn(column.field)} WHERE NOT _holdout AND _n IS NOT NULL`,
  );
  return {
    withValue: toNumber(positives) ?? 0,
    without: toNumber(negatives) ?? 0,
    shareOfValued: toNumber(share) ?? 0,
  };
};

const isCopy = async (scope: LearnScope, column: ColumnFacts): Promise<boolean> => {
  if (column.distinct > 200) return false;
  const [[mixed, labels, covered] = []] = await scope.dataset.rows(
    `SELECT count(*) FILTER (k > 1), count(DISTINCT l), sum(c) FROM (SELECT count(DISTINCT _y) AS k, min(_y) AS l, count(*) AS c FROM ${learn(column.field)} WHERE _y IS NOT NULL AND ${quoteId(column.field)} IS NOT NULL GROUP BY ${quoteId(column.field)} HAVING count(*) > 1)`,
  );
  // Values that hardly repeat, or only within the common class, fit any target by chance.
  const filled = scope.profile.rows - column.nulls;
  return (
    toNumber(mixed) === 0 && (toNumber(labels) ?? 0) >= 2 && (toNumber(covered) ?? 0) >= filled / 2
  );
};

const suspect = (
  column: ColumnFacts,
  pattern: Suspect["pattern"],
  value: number,
  evidence: string,
  kept: boolean,
): Suspect => ({
  column: column.name,
  field: column.field,
  pattern,
  evidence,
  value: Number(value.toPrecision(6)),
  verdict: kept ? "keep" : "exclude",
});

const examine = async (
  scope: LearnScope,
  column: ColumnFacts,
  assoc: Assoc | undefined,
): Promise<Suspect | null> => {
  const kept = scope.spec.columns.include.some(
    (name) => findColumn(scope.profile.columns, name)?.field === column.field,
  );
  const { rows } = scope.profile;
  if (!isNumeric(column) && column.distinct >= rows * 0.95 && column.type === "string") {
    return suspect(
      column,
      "identifier",
      column.distinct,
      `${column.distinct} different values in ${rows} rows: it names the row`,
      kept,
    );
  }
  if (ID_NAME.test(column.field) && !repeats(column, rows)) {
    return suspect(
      column,
      "identifier",
      column.distinct,
      `named like an identifier, ${column.distinct} different values`,
      kept,
    );
  }
  if (await isCopy(scope, column))
    return suspect(
      column,
      "copy_of_target",
      1,
      "each of its values goes with one value of the target",
      kept,
    );
  if (assoc && assoc.value >= TOO_GOOD[assoc.measure]) {
    return suspect(
      column,
      "association",
      assoc.value,
      `alone it reaches ${assoc.measure} ${assoc.value.toFixed(3)}`,
      kept,
    );
  }
  const post = await postOutcome(scope, column);
  const base = scope.target.baseRate ?? 0;
  if (
    post &&
    post.withValue > LIFT * post.without &&
    post.withValue > 0.02 &&
    post.shareOfValued >= Math.min(MOSTLY, base * LIFT)
  ) {
    return suspect(
      column,
      "post_outcome",
      post.shareOfValued,
      `has a value for ${percent(post.withValue)} of positives and ${percent(post.without)} of the others: written after the outcome`,
      kept,
    );
  }
  return AFTERWARDS.test(column.field)
    ? suspect(
        column,
        "name",
        assoc?.value ?? 0,
        "its name says that it is known only after the outcome",
        kept,
      )
    : null;
};

/** Columns that would tell the model what it is to predict, with evidence; people may keep one by `columns.include`. */
export const measureLeakage = async (
  scope: LearnScope,
  assoc: readonly Assoc[],
): Promise<readonly Suspect[]> => {
  const found: Suspect[] = [];
  for (const column of scope.candidates) {
    if (column.field === scope.time.field) continue;
    const suspected = await examine(
      scope,
      column,
      assoc.find((item) => item.field === column.field),
    );
    if (suspected) found.push(suspected);
  }
  return found;
};
