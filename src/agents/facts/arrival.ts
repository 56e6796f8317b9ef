import { quoteId, stable, toCount } from "../../data/sql.ts";
import type { Facts } from "../../spec/facts.ts";
import type { Scope } from "./scope.ts";

type Arrival = Facts["arrival"];
type Period = Exclude<Arrival["period"], "none">;

/** Days that a period lasts, and how many make a year. */
const LENGTH: Readonly<Record<Period, number>> = {
  day: 1,
  week: 7,
  month: 365.25 / 12,
  year: 365.25,
};

/** A period that gives at least a handful and at most about eighty points. */
const periodFor = (spanDays: number): Period => {
  if (spanDays <= 80) return "day";
  if (spanDays <= 560) return "week";
  return spanDays <= 365.25 * 6.5 ? "month" : "year";
};

/** Slope of log rows over whole periods, as relative growth per year (least squares). Needs three periods with rows. */
const growth = (counts: readonly number[], perYear: number): number | null => {
  const points = counts.flatMap((count, x) => (count > 0 ? [{ x, y: Math.log(count) }] : []));
  if (points.length < 3) return null;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const sxy = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const sxx = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const perYearLog = (sxy / sxx) * perYear;
  return stable(Math.exp(Math.min(Math.max(perYearLog, -20), 20)) - 1);
};

const isFirstDay = (min: string, period: Period): boolean => {
  const day = min.slice(8, 10);
  if (period === "year") return min.slice(5, 7) === "01" && Number(day) <= 15;
  return period !== "month" || Number(day) <= 2;
};

/**
 * Rows and bytes per period of event time. The last period, and a first one that starts late, are taken as incomplete: they are listed but not
 * averaged while three whole ones remain. Periods are named by their first day, without time there are none.
 */
export const measureArrival = async (scope: Scope, time: Facts["time"]): Promise<Arrival> => {
  if (time.field === null || time.spanDays === null || time.min === null) {
    return { period: "none", perPeriod: [], meanRows: null, meanBytes: null, growthPerYear: null };
  }
  const period = periodFor(time.spanDays);
  const id = quoteId(time.field);
  const rows = await scope.dataset.rows(
    `SELECT CAST(p AS VARCHAR), coalesce(n, 0) FROM (SELECT CAST(unnest(generate_series(date_trunc('${period}', min(CAST(${id} AS TIMESTAMP))), max(CAST(${id} AS TIMESTAMP)), INTERVAL 1 ${period})) AS DATE) AS p FROM data) LEFT JOIN (SELECT CAST(date_trunc('${period}', ${id}) AS DATE) AS p, count(*) AS n FROM data WHERE ${id} IS NOT NULL GROUP BY 1) USING (p) ORDER BY p`,
  );
  const perPeriod = rows.map(([name, count]) => ({ period: String(name), rows: toCount(count) }));
  const from = isFirstDay(time.min, period) ? 0 : 1;
  const inner = perPeriod.slice(from, -1);
  const whole = (inner.length >= 3 ? inner : perPeriod).map((item) => item.rows);
  const meanRows = whole.reduce((sum, count) => sum + count, 0) / Math.max(1, whole.length);
  return {
    period,
    perPeriod,
    meanRows: stable(meanRows),
    meanBytes: stable((meanRows * scope.profile.bytes) / scope.profile.rows),
    growthPerYear: growth(whole, 365.25 / LENGTH[period]),
  };
};

/** Rows per day that arrive on average, or null without time. */
export const rowsPerDay = ({ period, meanRows }: Arrival): number | null =>
  period === "none" || meanRows === null ? null : meanRows / LENGTH[period];
