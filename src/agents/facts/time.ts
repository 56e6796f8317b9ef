import { isoText } from "../../data/profile.ts";
import { refuse } from "../../data/refuse.ts";
import { quoteId, stable, toCount, toNumber } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import { nearMatches } from "../../spec/intake-near.ts";
import { findColumn, isTime, percent, type Scope } from "./scope.ts";

type Time = Facts["time"];

/** Names of moments that are written after the event, or that belong to a person rather than to it. */
const AFTER =
  /(^|_)(update|updated|modified|changed|closed|resolved|settled|end|ended|due|expir\w*|deleted|loaded|exported|ingested|birth\w*|dob)(_|$)/;
const EVENT =
  /(^|_)(event|occur\w*|order|transaction|visit|flight|incident|created|start\w*|admission|sale|purchase|measured|observed)(_|$)/;
const LEAST_FILLED = 0.95;

const score = (column: ColumnFacts): number =>
  (EVENT.test(column.field) ? 2 : 0) -
  (AFTER.test(column.field) ? 4 : 0) +
  (/(^|_)(date|time|timestamp|day|ts|at)(_|$)/.test(column.field) ? 1 : 0);

const given = (scope: Scope, wanted: string): ColumnFacts => {
  const column = findColumn(scope.profile.columns, wanted);
  if (column && isTime(column)) return column;
  const times = scope.profile.columns.filter(isTime).map(({ name }) => name);
  const near = nearMatches(wanted, times)[0];
  throw refuse("EVENT_TIME_UNKNOWN", {
    message: `columns.event_time names "${wanted}", which is no date or timestamp of the dataset.`,
    expected: times.length > 0 ? times.join(", ") : "ISO dates or timestamps",
    got: column ? `a column of type ${column.type}` : "no such column",
    next: near ? `Did you mean "${near}"?` : "Give columns.event_time as one of these, or none.",
  });
};

const pick = (scope: Scope): { readonly column: ColumnFacts | null; readonly reason: string } => {
  const wanted = scope.spec.columns.event_time;
  if (wanted === "none") return { column: null, reason: "columns.event_time says none" };
  if (wanted !== "auto")
    return { column: given(scope, wanted), reason: "given as columns.event_time" };
  const { rows } = scope.profile;
  const usable = scope.profile.columns
    .filter(
      (column) =>
        isTime(column) && column.personal === null && column.name !== scope.spec.target.column,
    )
    .filter(({ nulls, distinct }) => (rows - nulls) / rows >= LEAST_FILLED && distinct > 1)
    .sort((a, b) => score(b) - score(a) || b.distinct - a.distinct);
  const [column] = usable;
  if (!column)
    return {
      column: null,
      reason: `no date or timestamp column is filled in ${percent(LEAST_FILLED)} of the rows`,
    };
  const reason =
    usable.length === 1
      ? "the only date or timestamp column that is filled"
      : `best of ${usable.length} date or timestamp columns by name and values`;
  return { column, reason };
};

const grainSql = (id: string): string =>
  `CASE WHEN bool_and(date_part('day', t) = 1 AND date_trunc('day', t) = t) THEN 'month' WHEN bool_and(date_trunc('day', t) = t) THEN 'day' WHEN bool_and(date_trunc('hour', t) = t) THEN 'hour' WHEN bool_and(date_trunc('minute', t) = t) THEN 'minute' ELSE 'second' END FROM (SELECT CAST(${id} AS TIMESTAMP) AS t FROM data WHERE ${id} IS NOT NULL)`;

const GRAINS = ["second", "minute", "hour", "day", "month"] as const;
const NO_TIME = {
  column: null,
  field: null,
  min: null,
  max: null,
  spanDays: null,
  grain: "unknown",
  gapDays: null,
} as const;

/** The event time: column, span and largest gap in days, grain of its values. UserInputError EVENT_TIME_UNKNOWN. */
export const measureTime = async (scope: Scope): Promise<Time> => {
  const { column, reason } = pick(scope);
  if (scope.spec.columns.event_time === "auto") {
    scope.assume({
      subject: "event time",
      assumed: column?.name ?? "none",
      why: reason,
      change: "columns.event_time (comment: event time <column>, or event time none)",
    });
  }
  if (!column) return { ...NO_TIME, reason };
  const id = quoteId(column.field);
  const [span = []] = await scope.dataset.rows(
    `SELECT min(t), max(t), epoch(max(t)) - epoch(min(t)), max(gap) FROM (SELECT t, epoch(t) - epoch(lag(t) OVER (ORDER BY t)) AS gap FROM (SELECT DISTINCT CAST(${id} AS TIMESTAMP) AS t FROM data WHERE ${id} IS NOT NULL))`,
  );
  const [[grain] = []] = await scope.dataset.rows(`SELECT ${grainSql(id)}`);
  const dayOnly = column.type === "date";
  const iso = (cell: (typeof span)[number] | undefined) =>
    dayOnly ? isoText(cell).slice(0, 10) : isoText(cell);
  return {
    column: column.name,
    field: column.field,
    min: iso(span[0]),
    max: iso(span[1]),
    spanDays: stable(toCount(span[2]) / 86_400),
    grain: GRAINS.find((name) => name === grain) ?? "unknown",
    gapDays: toNumber(span[3]) === null ? null : stable(toCount(span[3]) / 86_400),
    reason,
  };
};
