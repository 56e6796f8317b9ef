import type { MicroUsd } from "../../lib/money.ts";
import { median } from "../stats/intervals.ts";
import { seededUniforms } from "../stats/seeded.ts";

type Daily = readonly { readonly day: string; readonly effective: MicroUsd }[];

/** What a month will have cost. */
export interface Forecast {
  readonly spent: MicroUsd;
  readonly p50: MicroUsd;
  readonly p90: MicroUsd;
  /** `seasonal` from a level and a weekday profile, `run rate` while there are fewer than 14 days. */
  readonly method: "seasonal" | "run rate";
}

const LEAST_DAYS = 14;
const LEVEL_DAYS = 28;
const DRAWS = 1_000;

const weekday = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

const nextDays = (from: string, month: string): readonly string[] => {
  const days: string[] = [];
  for (let at = Date.parse(from); ; at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (!day.startsWith(month)) return days;
    days.push(day);
  }
};

const profileOf = (days: Daily): readonly number[] => {
  const middle = Math.max(1, median(days.map(({ effective }) => effective)));
  return Array.from({ length: 7 }, (_, wanted) => {
    const same = days.filter(({ day }) => weekday(day) === wanted);
    return same.length === 0 ? 1 : median(same.map(({ effective }) => effective)) / middle;
  });
};

/**
 * The month's spend: what was spent plus, for each remaining day, the level (median of the last 28 days without their weekday factor)
 * times the weekday's factor; p50 and p90 by a seeded bootstrap of the daily residuals. `history` are whole days, ascending, up to `today`
 * (exclusive), which need not be in it. Source: monitoring.md 6.
 */
export const forecastMonth = (history: Daily, today: string): Forecast => {
  const month = today.slice(0, 7);
  const spent = history
    .filter(({ day }) => day.startsWith(month) && day < today)
    .reduce((sum, { effective }) => sum + effective, 0);
  const left = nextDays(today, month);
  if (history.length < LEAST_DAYS) {
    const rate =
      history.reduce((sum, { effective }) => sum + effective, 0) / Math.max(1, history.length);
    const whole = Math.round(spent + rate * left.length);
    return { spent, p50: whole, p90: whole, method: "run rate" };
  }
  const recent = history.slice(-LEVEL_DAYS);
  const profile = profileOf(recent);
  const factor = (day: string): number => profile[weekday(day)] ?? 1;
  const level = median(
    recent.map(({ day, effective }) => (factor(day) > 0 ? effective / factor(day) : effective)),
  );
  const residuals = recent.map(({ day, effective }) => effective - level * factor(day));
  const next = seededUniforms(left.length + 1);
  const expected = left.reduce((sum, day) => sum + level * factor(day), 0);
  const totals = Array.from({ length: DRAWS }, () => {
    const noise = left.reduce(
      (sum) => sum + (residuals[Math.floor(next() * residuals.length)] ?? 0),
      0,
    );
    return spent + Math.max(0, expected + noise);
  }).sort((a, b) => a - b);
  const at = (share: number) => Math.round(totals[Math.floor(share * (DRAWS - 1))] ?? spent);
  return { spent, p50: at(0.5), p90: at(0.9), method: "seasonal" };
};
