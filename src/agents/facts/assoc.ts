import { quoteId, stable, toNumber } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import { isCategorical, isNumeric, isTime, type LearnScope, learn, repeats } from "./scope.ts";

type Assoc = Facts["assoc"][number];

/** Pseudo rows of the overall mean that a category's mean is drawn towards. */
const SMOOTHING = 20;

/**
 * A number by which SQL can rank a column: itself, or for categories the target's mean in the other folds of the training part. With its
 * own row counted in, a column of many rare categories would tell any target, also one it has nothing to do with.
 */
const rankSql = (column: ColumnFacts): string => {
  const id = quoteId(column.field);
  if (isNumeric(column)) return `CAST(${id} AS DOUBLE)`;
  if (isTime(column)) return `epoch(CAST(${id} AS TIMESTAMP))`;
  const others = (fold: string) =>
    `${fold} OVER (PARTITION BY ${id}) - ${fold} OVER (PARTITION BY ${id}, _fold)`;
  return `(${others("sum(_n)")} + ${SMOOTHING} * avg(_n) OVER ()) / (${others("count(_n)")} + ${SMOOTHING})`;
};

/**
 * SQL of the area under the ROC curve of one ranking on the training part, 0..1, NULL where a class is absent. `from` are rows to
 * learn from. Mann-Whitney: AUC = (sum of the positives' mid-ranks - p(p+1)/2) / (p n); ties share their mean rank.
 */
export const aucSql = (rank: string, from: string): string => `
  WITH scored AS (SELECT _n, ${rank} AS s FROM ${from} WHERE NOT _holdout AND _n IS NOT NULL),
  filled AS (SELECT _n, s FROM scored WHERE s IS NOT NULL),
  ranked AS (SELECT _n, rank() OVER (ORDER BY s) + (count(*) OVER (PARTITION BY s) - 1) / 2.0 AS r FROM filled),
  sums AS (SELECT sum(CASE WHEN _n = 1 THEN r ELSE 0 END) AS up, sum(_n) AS p, sum(1 - _n) AS n FROM ranked)
  SELECT CASE WHEN p = 0 OR n = 0 THEN NULL ELSE (up - p * (p + 1) / 2) / (p * n) END FROM sums`;

const correlationSql = (rank: string, from: string): string =>
  `SELECT corr(s, _n) FROM (SELECT _n, ${rank} AS s FROM ${from} WHERE NOT _holdout AND _n IS NOT NULL)`;

// Share of the variance of the labels' codes that the groups explain; for labels each code is the class's own indicator, averaged.
const eta2Sql = (column: ColumnFacts): string => {
  const group = isCategorical(column)
    ? `CAST(${quoteId(column.field)} AS VARCHAR)`
    : `ntile(10) OVER (ORDER BY ${quoteId(column.field)})`;
  return `
  WITH g AS (SELECT _y AS y, ${group} AS c FROM ${learn(column.field)} WHERE NOT _holdout AND _y IS NOT NULL AND ${quoteId(column.field)} IS NOT NULL),
  n AS (SELECT count(*) AS all_rows FROM g),
  cells AS (SELECT c, y, count(*) AS k FROM g GROUP BY c, y),
  groups AS (SELECT c, sum(k) AS m FROM cells GROUP BY c),
  labels AS (SELECT y, sum(k) AS q FROM cells GROUP BY y),
  within_groups AS (SELECT sum(k * k * 1.0 / m) AS w FROM cells JOIN groups USING (c)),
  total AS (SELECT sum(q * q * 1.0) / max(all_rows) AS t FROM labels, n)
  SELECT CASE WHEN max(all_rows) - max(t) <= 0 THEN 0 ELSE (max(w) - max(t)) / (max(all_rows) - max(t)) END FROM within_groups, total, n`;
};

const missingSql = (column: ColumnFacts): string => {
  const id = quoteId(column.field);
  return `SELECT avg(_n) FILTER (${id} IS NULL) - avg(_n) FILTER (${id} IS NOT NULL) FROM ${learn(column.field)} WHERE NOT _holdout AND _n IS NOT NULL`;
};

const measureOf = (scope: LearnScope): Assoc["measure"] => {
  if (scope.target.kind === "binary") return "auc";
  return scope.target.kind === "regression" ? "correlation" : "eta2";
};

const valueSql = (scope: LearnScope, column: ColumnFacts): string => {
  if (scope.target.kind === "binary") return aucSql(rankSql(column), learn(column.field));
  return scope.target.kind === "regression"
    ? correlationSql(rankSql(column), learn(column.field))
    : eta2Sql(column);
};

const one = async (scope: LearnScope, column: ColumnFacts): Promise<Assoc> => {
  const [[value] = []] = await scope.dataset.rows(valueSql(scope, column));
  const measure = measureOf(scope);
  const raw = toNumber(value) ?? (measure === "auc" ? 0.5 : 0);
  // A number may point either way; a category's mean in other folds that points the wrong way tells nothing.
  const turned = isCategorical(column)
    ? raw
    : measure === "auc"
      ? Math.max(raw, 1 - raw)
      : Math.abs(raw);
  const least = measure === "auc" ? 0.5 : 0;
  const missing =
    column.nulls === 0 || scope.target.kind === "multiclass"
      ? null
      : await scope.dataset.rows(missingSql(column));
  const effect = missing === null ? null : toNumber(missing[0]?.[0]);
  const scale = scope.target.kind === "regression" ? (scope.target.std ?? 1) || 1 : 1;
  return {
    column: column.name,
    field: column.field,
    measure,
    value: stable(Math.min(1, Math.max(least, turned))),
    missingEffect: effect === null ? null : stable(effect / scale),
  };
};

/** How much each column alone tells about the target, measured on the training part; strongest first. Text that hardly repeats is left out. */
export const measureAssoc = async (scope: LearnScope): Promise<readonly Assoc[]> => {
  const usable = scope.candidates.filter(
    (column) =>
      column.distinct > 1 && (!isCategorical(column) || repeats(column, scope.profile.rows)),
  );
  const found: Assoc[] = [];
  for (const column of usable) found.push(await one(scope, column));
  return found.sort((a, b) => b.value - a.value || (a.field < b.field ? -1 : 1));
};
