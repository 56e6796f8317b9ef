import { quoteId, quoteText, toCount, toNumber } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import { aucSql } from "./assoc.ts";
import { ID_NAME } from "./keys.ts";
import {
  isCategorical,
  isNumeric,
  isTime,
  type LearnScope,
  learn,
  percent,
  repeats,
} from "./scope.ts";

type Suspect = Facts["leakage"][number];
type Assoc = Facts["assoc"][number];

/** What a column was found to give away, and the figure that says so. */
export interface LeakSign {
  readonly pattern: Suspect["pattern"];
  readonly value: number;
  readonly evidence: string;
}

/** One way in which a column may tell the target. Null: nothing found. */
type FindSign = (
  scope: LearnScope,
  column: ColumnFacts,
  assoc: Assoc | undefined,
) => Promise<LeakSign | null>;

/** Above this a single column tells more than a cause known beforehand plausibly can; rarely reached by honest features. */
const TOO_GOOD: Readonly<Record<Assoc["measure"], number>> = {
  auc: 0.98,
  correlation: 0.98,
  cramers_v: 0.95,
  eta2: 0.95,
};
/** A telling name alone proves nothing: below this the column tells nothing that could leak. */
const NAME_TELLS: Readonly<Record<Assoc["measure"], number>> = {
  auc: 0.55,
  correlation: 0.15,
  cramers_v: 0.1,
  eta2: 0.02,
};
/** A column that is filled (or not zero) this much more often for positives, and almost only for them, was written afterwards. */
const MOSTLY = 0.8;
const LIFT = 5;
/** A column whose absence names positives this purely, and most of them, was emptied by the outcome. */
const PURE = 0.95;

// Words for what is only known once the outcome is.
const AFTERWARDS =
  /(^|_)(cost|costs|repair|refund|refunded|chargeback|claim|payout|settlement|resolution|outcome|result|closed|cancelled_at|churned_at|discharge|death|diagnosis|penalty|recovered|write_off|collection|next|future|after|afterwards|final|actual)(_|$)/;
// Moments that are written when a case is looked at again.
const WRITTEN_LATER =
  /(^|_)(update|updated|modified|changed|closed|resolved|settled|cancelled|churned|ended|deleted|discharged|paid|returned)(_|$)/;

/** Names the row: unlike in nearly every row, named so, or counting the rows. */
const identifier: FindSign = async ({ profile: { rows } }, column) => {
  const { distinct, field, max, min, type } = column;
  const found = (evidence: string): LeakSign => ({
    pattern: "identifier",
    value: distinct,
    evidence,
  });
  if (type === "string" && distinct >= rows * 0.95)
    return found(`${distinct} different values in ${rows} rows: it names the row`);
  if (ID_NAME.test(field) && !repeats(column, rows))
    return found(`named like an identifier, ${distinct} different values`);
  const counts =
    type === "integer" && distinct === rows && Number(max) - Number(min) === rows - 1 && rows > 50;
  return counts ? found(`counts the rows from ${min} to ${max}`) : null;
};

/** Each of its values goes with one label. Values that hardly repeat, or only within the common class, fit any target by chance. */
const copy: FindSign = async (scope, column) => {
  if (column.distinct > 200) return null;
  const id = quoteId(column.field);
  const [[mixed, labels, covered] = []] = await scope.dataset.rows(
    `SELECT count(*) FILTER (k > 1), count(DISTINCT l), sum(c) FROM (SELECT count(DISTINCT _y) AS k, min(_y) AS l, count(*) AS c FROM ${learn(column.field)} WHERE _y IS NOT NULL AND ${id} IS NOT NULL GROUP BY ${id} HAVING count(*) > 1)`,
  );
  const filled = scope.profile.rows - column.nulls;
  const same = toNumber(mixed) === 0 && toCount(labels) >= 2 && toCount(covered) >= filled / 2;
  const evidence = "each of its values goes with one value of the target";
  return same ? { pattern: "copy_of_target", value: 1, evidence } : null;
};

/**
 * Correlation of ranks: an order-preserving function of the target (a logarithm, a band) tells it as well as a copy does. For labels the
 * root of the share of the ranks' variance that they explain, adjusted for their number (Wherry 1931).
 */
const rankCorrelation = async (scope: LearnScope, column: ColumnFacts): Promise<number> => {
  const id = quoteId(column.field);
  const rows = `SELECT ${id} AS c, CAST(rank() OVER (ORDER BY _n) AS DOUBLE) AS r${isCategorical(column) ? "" : `, rank() OVER (ORDER BY ${id}) AS s`} FROM ${learn(column.field)} WHERE NOT _holdout AND _n IS NOT NULL AND ${id} IS NOT NULL`;
  if (!isCategorical(column)) {
    const [[value] = []] = await scope.dataset.rows(`SELECT corr(s, r) FROM (${rows})`);
    return Math.abs(toNumber(value) ?? 0);
  }
  const [[rest, all, n, k] = []] = await scope.dataset.rows(
    `SELECT sum(v * m), (SELECT var_pop(r) * count(*) FROM (${rows})), sum(m), count(*) FROM (SELECT var_pop(r) AS v, count(*) AS m FROM (${rows}) GROUP BY c)`,
  );
  const freedom = (toCount(n) - 1) / Math.max(1, toCount(n) - toCount(k));
  return Math.sqrt(Math.max(0, 1 - (toCount(rest) / Math.max(toCount(all), 1e-12)) * freedom));
};

/** In order of a number that hardly repeats, how much more often neighbours share their label than by chance: 0..1, 1 when bands are pure. */
const neighbours = async (scope: LearnScope, column: ColumnFacts): Promise<number> => {
  const id = quoteId(column.field);
  const [[share, chance] = []] = await scope.dataset.rows(
    `WITH s AS (SELECT _y, lead(_y) OVER (ORDER BY ${id}) AS _next FROM ${learn(column.field)} WHERE NOT _holdout AND _y IS NOT NULL AND ${id} IS NOT NULL) SELECT avg(CASE WHEN _y = _next THEN 1.0 ELSE 0 END) FILTER (_next IS NOT NULL), (SELECT sum(p * p) FROM (SELECT count(*) / sum(count(*)) OVER () AS p FROM s GROUP BY _y)) FROM s`,
  );
  const expected = toNumber(chance) ?? 1;
  return expected >= 1 ? 0 : ((toNumber(share) ?? 0) - expected) / (1 - expected);
};

/** The strongest figure of one column alone, where the plain one would hide an order or bands. */
const stronger = async (scope: LearnScope, column: ColumnFacts, { measure, value }: Assoc) => {
  if (value < 0.5) return null;
  if (measure === "correlation")
    return { name: "rank correlation", value: await rankCorrelation(scope, column) };
  const spread = isNumeric(column) && column.distinct > scope.profile.rows / 2;
  return measure === "eta2" && spread
    ? { name: "purity of bands", value: await neighbours(scope, column) }
    : null;
};

const association: FindSign = async (scope, column, assoc) => {
  if (!assoc) return null;
  const limit = TOO_GOOD[assoc.measure];
  const plain = { name: assoc.measure, value: assoc.value };
  const told = assoc.value >= limit ? plain : await stronger(scope, column, assoc);
  if (told === null || told.value < limit) return null;
  return {
    pattern: "association",
    value: told.value,
    evidence: `alone it reaches ${told.name} ${told.value.toFixed(3)}`,
  };
};

/** One outcome against the rest: what it is called, its share of the rows, and the rows with `_n` 1 where it happened. */
interface Outcome {
  readonly called: string;
  readonly rate: number;
  readonly from: (...fields: readonly string[]) => string;
}

/** A class with fewer rows proves nothing about a column. */
const LEAST_CASES = 20;

/** The outcomes that a column may tell: the event of a two-valued target, each class of several. None of a number. */
const outcomesOf = ({ target }: LearnScope): readonly Outcome[] => {
  if (target.kind === "regression") return [];
  if (target.kind === "binary")
    return [{ called: "positives", rate: target.baseRate ?? 0, from: learn }];
  const rows = target.classes.reduce((sum, { count }) => sum + count, 0);
  return target.classes
    .filter(({ count }) => count >= LEAST_CASES)
    .map(({ count, label }) => ({
      called: `rows of ${label}`,
      rate: count / rows,
      from: (...fields) =>
        `(SELECT * REPLACE (CASE WHEN _y IS NULL THEN NULL WHEN CAST(_y AS VARCHAR) = ${quoteText(label)} THEN 1.0 ELSE 0.0 END AS _n) FROM ${learn(...fields)}) AS learn`,
    }));
};

/** The first outcome for which the sign is found. */
const firstOf = async (
  outcomes: readonly Outcome[],
  look: (outcome: Outcome) => Promise<LeakSign | null>,
): Promise<LeakSign | null> => {
  for (const outcome of outcomes) {
    const found = await look(outcome);
    if (found) return found;
  }
  return null;
};

/** A number that equals the mean of the target (the share of one class) over the rows that share it was computed from the target. */
const aggregate: FindSign = async (scope, column) => {
  if (!isNumeric(column) || column.distinct < 5 || !repeats(column, scope.profile.rows))
    return null;
  const id = `CAST(${quoteId(column.field)} AS DOUBLE)`;
  const number: Outcome = { called: "the target", rate: 1, from: learn };
  const outcomes = scope.target.kind === "multiclass" ? outcomesOf(scope) : [number];
  return firstOf(outcomes, async ({ called, from }) => {
    const [[groups, equal] = []] = await scope.dataset.rows(
      `SELECT count(*), count(*) FILTER (abs(m - v) <= 1e-4 * greatest(1, abs(v))) FROM (SELECT ${id} AS v, avg(_n) AS m FROM ${from(column.field)} WHERE _n IS NOT NULL AND ${id} IS NOT NULL GROUP BY 1 HAVING count(*) > 1)`,
    );
    if (toCount(groups) < 5 || toCount(equal) / toCount(groups) < 0.9) return null;
    const what = called === "the target" ? "the mean of the target" : `the share of ${called}`;
    const evidence = `in ${toCount(equal)} of ${toCount(groups)} groups it is ${what}`;
    return { pattern: "aggregate", value: toCount(equal) / toCount(groups), evidence };
  });
};

interface Filled {
  readonly positives: number;
  readonly others: number;
  /** Share of positives among the rows that have a value, and among those that have none. */
  readonly pure: number;
  readonly purelyEmpty: number;
}

const filledBy = async (
  scope: LearnScope,
  column: ColumnFacts,
  test: string,
  { from }: Outcome,
): Promise<Filled> => {
  const [row = []] = await scope.dataset.rows(
    `SELECT avg(CASE WHEN ${test} THEN 1.0 ELSE 0 END) FILTER (_n = 1), avg(CASE WHEN ${test} THEN 1.0 ELSE 0 END) FILTER (_n = 0), avg(_n) FILTER (${test}), avg(_n) FILTER (NOT (${test})) FROM ${from(column.field)} WHERE NOT _holdout AND _n IS NOT NULL`,
  );
  const [positives = 0, others = 0, pure = 0, purelyEmpty = 0] = row.map(
    (cell) => toNumber(cell) ?? 0,
  );
  return { positives, others, pure, purelyEmpty };
};

/** Filled, or not zero, almost only where the outcome happened. */
const postOutcome: FindSign = async (scope, column) => {
  const id = quoteId(column.field);
  const valued = isNumeric(column) ? `(${id} IS NOT NULL AND ${id} <> 0)` : `${id} IS NOT NULL`;
  return firstOf(outcomesOf(scope), async (outcome) => {
    const { positives, others, pure } = await filledBy(scope, column, valued, outcome);
    const needed = Math.min(MOSTLY, outcome.rate * LIFT);
    if (positives <= LIFT * others || positives <= 0.02 || pure < needed) return null;
    return {
      pattern: "post_outcome",
      value: pure,
      evidence: `has a value for ${percent(positives)} of ${outcome.called} and ${percent(others)} of the others: written after the outcome`,
    };
  });
};

/** Empty almost only where the outcome happened. */
const absence: FindSign = async (scope, column) => {
  if (column.nulls === 0) return null;
  const test = `${quoteId(column.field)} IS NOT NULL`;
  return firstOf(outcomesOf(scope), async (outcome) => {
    const { positives, purelyEmpty } = await filledBy(scope, column, test, outcome);
    if (purelyEmpty < PURE || positives > 0.5) return null;
    return {
      pattern: "absence",
      value: purelyEmpty,
      evidence: `missing for ${percent(1 - positives)} of ${outcome.called}, and ${percent(purelyEmpty)} of the rows without it are among them`,
    };
  });
};

/** A moment that lies after the event, and is named as written later or whose delay tells the outcome. */
const timing: FindSign = async (scope, column) => {
  const { field } = scope.time;
  if (field === null || !isTime(column)) return null;
  const delay = `epoch(CAST(${quoteId(column.field)} AS TIMESTAMP)) - epoch(CAST(${quoteId(field)} AS TIMESTAMP))`;
  const [[later] = []] = await scope.dataset.rows(
    `SELECT avg(CASE WHEN ${delay} > 0 THEN 1.0 ELSE 0 END) FILTER (${delay} IS NOT NULL) FROM ${learn(column.field, field)}`,
  );
  const share = toNumber(later) ?? 0;
  if (share < PURE) return null;
  let strength = 0.5;
  for (const { from } of outcomesOf(scope)) {
    const [[auc] = []] = await scope.dataset.rows(aucSql(`(${delay})`, from(column.field, field)));
    const tells = toNumber(auc) ?? 0.5;
    strength = Math.max(strength, tells, 1 - tells);
  }
  if (!WRITTEN_LATER.test(column.field) && strength < MOSTLY) return null;
  return {
    pattern: "timing",
    value: share,
    evidence: `lies after ${scope.time.column} in ${percent(share)} of the rows${strength >= 0.55 ? `, and the time between reaches auc ${strength.toFixed(3)}` : ""}`,
  };
};

const name: FindSign = async (_, column, assoc) => {
  if (!AFTERWARDS.test(column.field) || !assoc) return null;
  if (assoc.value < NAME_TELLS[assoc.measure]) return null;
  return {
    pattern: "name",
    value: assoc.value,
    evidence: `its name says that it is known only after the outcome, and alone it reaches ${assoc.measure} ${assoc.value.toFixed(3)}`,
  };
};

/** The signs in the order in which they are looked for: what names the row first, the weakest evidence last. */
export const LEAK_SIGNS: readonly FindSign[] = [
  identifier,
  copy,
  association,
  aggregate,
  postOutcome,
  absence,
  timing,
  name,
];
