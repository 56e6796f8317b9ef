import type { Duck } from "../../data/duck.ts";
import { quoteId, toCount, toNumber } from "../../data/sql.ts";
import type { PerformanceMonitor } from "../monitor.ts";
import { asCategory, asNumber } from "../source/column-sql.ts";
import type { RowScope } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import type { MonitorSources } from "../sources.ts";
import type { Outcome } from "./realised.ts";

/** The predictions of one window, and those whose label has come. */
export interface LabelledWindow {
  readonly rows: number;
  readonly scores: readonly number[];
  readonly outcomes: readonly Outcome[];
}

/** More rows than this are sampled, the same ones each time: the interval is narrow enough. */
const MOST_ROWS = 50_000;

const columnOr = (relation: Relation, named: string | undefined, usual: string): string | null => {
  const name = named ?? usual;
  return relation.columns.has(name) ? name : null;
};

const typeOf = (relation: Relation, column: string): string =>
  relation.columns.get(column) ?? "VARCHAR";

const scopeSql = (relation: Relation, scope: RowScope): string =>
  `${relation.from(scope.files ? { files: scope.files } : {})} WHERE ${scope.where}`;

/** Labels of a binary target as 1 and 0; those that come so already stay. */
const decided = (
  outcomes: readonly Outcome[],
  positive: MonitorSources["positive"],
): readonly Outcome[] => {
  if (!positive || outcomes.every(({ actual }) => actual === "1" || actual === "0"))
    return outcomes;
  const { labels, rule } = positive;
  return outcomes.map((outcome) => ({
    ...outcome,
    actual: labels.includes(outcome.actual) === (rule === "equals") ? "1" : "0",
  }));
};

/** Reads the scores of a window and, by the prediction's id, the labels that have come; null when the log has no score column. */
export const joinLabels = async (
  duck: Duck,
  monitor: PerformanceMonitor,
  log: Relation,
  labels: Relation | null,
  scope: RowScope,
  positive: MonitorSources["positive"] = null,
): Promise<LabelledWindow | null> => {
  const score = columnOr(log, monitor.columns.score, "score");
  if (score === null) return null;
  const number = asNumber(score, typeOf(log, score));
  const from = scopeSql(log, scope);
  const [[count] = []] = await duck.rows(`SELECT count(*) FROM ${from}`);
  const rows = await duck.rows(
    `SELECT s FROM (SELECT ${number} AS s FROM ${from}) WHERE isfinite(s) LIMIT ${MOST_ROWS}`,
  );
  const scores = rows.flatMap(([cell]) => {
    const value = toNumber(cell);
    return value === null ? [] : [value];
  });
  const outcomes =
    labels === null ? [] : await outcomesOf(duck, monitor, log, labels, scope, score);
  return { rows: toCount(count), scores, outcomes: decided(outcomes, positive) };
};

const outcomesOf = async (
  duck: Duck,
  monitor: PerformanceMonitor,
  log: Relation,
  labels: Relation,
  scope: RowScope,
  score: string,
): Promise<readonly Outcome[]> => {
  const id = columnOr(log, monitor.columns.id, "prediction_id");
  const { labels: given } = monitor;
  if (id === null || !given || !labels.columns.has(given.id) || !labels.columns.has(given.value))
    return [];
  const said = columnOr(log, monitor.columns.label, "label");
  const predicted = said === null ? "NULL" : asCategory(said, typeOf(log, said));
  const number = asNumber(score, typeOf(log, score));
  const came = asCategory(given.value, typeOf(labels, given.value));
  const text = (column: string) => `CAST(${quoteId(column)} AS VARCHAR)`;
  // Ids repeat when a write was tried again: each counts once.
  const sql = `SELECT s, said, came FROM (SELECT ${text(id)} AS id, any_value(${number}) AS s, any_value(${predicted}) AS said FROM ${scopeSql(log, scope)} GROUP BY 1) p JOIN (SELECT ${text(given.id)} AS id, any_value(${came}) AS came FROM ${labels.from()} GROUP BY 1) l USING (id) WHERE came IS NOT NULL AND isfinite(s) ORDER BY id LIMIT ${MOST_ROWS}`;
  return (await duck.rows(sql)).flatMap(([s, label, actual]) => {
    const value = toNumber(s);
    if (value === null) return [];
    const own = value >= monitor.threshold ? (monitor.positive ?? "1") : "";
    return [
      { score: value, predicted: label === null ? own : String(label), actual: String(actual) },
    ];
  });
};
