import type { Duck } from "../../data/duck.ts";
import { quoteId, quoteText, toCount } from "../../data/sql.ts";
import type { QualityMonitor } from "../monitor.ts";
import { asNumber } from "../source/column-sql.ts";
import { type RowScope, withTypes } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";

/** Exact counts over the rows of one window. */
export interface TableFacts {
  readonly rows: number;
  /** Rows that break at least one hard rule, and the rule that most of them break. */
  readonly failing: number;
  readonly worst: string | null;
  /** Rows beyond the first of each key; null where no key is known. */
  readonly repeated: number | null;
  readonly badScores: number;
  /** Different scores and labels, exact up to two; null where there is no such column. */
  readonly scores: number | null;
  readonly labels: number | null;
}

interface HardRule {
  readonly words: string;
  readonly sql: string;
}

const rulesOf = (
  monitor: QualityMonitor,
  relation: Relation,
  typeOf: (column: string) => string,
): readonly HardRule[] => {
  const ranges = Object.entries(monitor.ranges).flatMap(([field, { max, min }]) => {
    if (!relation.columns.has(field)) return [];
    const value = asNumber(field, typeOf(field));
    const parts = [
      ...(min === undefined ? [] : [`${value} < ${min}`]),
      ...(max === undefined ? [] : [`${value} > ${max}`]),
    ];
    const words = `${field} outside ${min ?? "−∞"} to ${max ?? "∞"}`;
    return parts.length === 0 ? [] : [{ words, sql: `(${parts.join(" OR ")})` }];
  });
  const domains = Object.entries(monitor.domains).flatMap(([field, values]) => {
    if (!relation.columns.has(field) || values.length === 0) return [];
    const list = values.map(quoteText).join(", ");
    const sql = `(${quoteId(field)} IS NOT NULL AND CAST(${quoteId(field)} AS VARCHAR) NOT IN (${list}))`;
    return [{ words: `${field} outside its values`, sql }];
  });
  return [...ranges, ...domains];
};

const distinct = (column: string | undefined, relation: Relation): string =>
  column !== undefined && relation.columns.has(column)
    ? `count(DISTINCT ${quoteId(column)})`
    : "NULL";

const badScoreSql = (monitor: QualityMonitor, relation: Relation, type: string): string => {
  const { score } = monitor.columns;
  if (score === undefined || !relation.columns.has(score)) return "0";
  const value = asNumber(score, type);
  return `count(*) FILTER (${value} IS NULL OR NOT isfinite(${value}))`;
};

const keyOf = (monitor: QualityMonitor, relation: Relation): readonly string[] => {
  const asked =
    monitor.unique.length > 0 ? monitor.unique : monitor.columns.id ? [monitor.columns.id] : [];
  return asked.every((column) => relation.columns.has(column)) ? asked : [];
};

/** Columns whose values, together, must not repeat; none where the Monitor names none that are there. */
export const keyColumns = keyOf;

/** Counts what the rules of whole rows need, in one scan. Throws what DuckDB throws while reading. */
export const tableFacts = (
  duck: Duck,
  monitor: QualityMonitor,
  relation: Relation,
  scope: RowScope,
): Promise<TableFacts> =>
  withTypes(relation, scope, new Map(), async ({ from, typeOf }) => {
    const rules = rulesOf(monitor, relation, typeOf);
    const key = keyOf(monitor, relation);
    const keySql = `(${key.map(quoteId).join(", ")})`;
    const list = [
      "count(*)",
      rules.length === 0 ? "0" : `count(*) FILTER (${rules.map(({ sql }) => sql).join(" OR ")})`,
      key.length === 0 ? "NULL" : `count(*) - count(DISTINCT ${keySql})`,
      badScoreSql(monitor, relation, typeOf(monitor.columns.score ?? "")),
      distinct(monitor.columns.score, relation),
      distinct(monitor.columns.label, relation),
      ...rules.map(({ sql }) => `count(*) FILTER (${sql})`),
    ];
    const [row = []] = await duck.rows(`SELECT ${list.join(", ")} FROM ${from}`);
    const each = rules.map(({ words }, i) => ({ words, count: toCount(row[6 + i]) }));
    const [worst] = each.sort((a, b) => b.count - a.count);
    const orNull = (cell: (typeof row)[number] | undefined) =>
      cell === null || cell === undefined ? null : toCount(cell);
    return {
      rows: toCount(row[0]),
      failing: toCount(row[1]),
      worst: worst && worst.count > 0 ? worst.words : null,
      repeated: orNull(row[2]),
      badScores: toCount(row[3]),
      scores: orNull(row[4]),
      labels: orNull(row[5]),
    };
  });
