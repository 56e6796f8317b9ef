import type { Monitor } from "./monitor.ts";

/** A stretch of time, epoch milliseconds, start inclusive and end exclusive. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

const HOUR = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { m: HOUR / 60, h: HOUR, d: 24 * HOUR };
/** Hours that `auto` chooses from when rows are few: they divide a day, or are whole days, so that seasons can be compared. */
const LADDER = [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168, 336, 672];
/** A feature opens after two candidate windows (monitoring.md 3.1). */
const WINDOWS_TO_OPEN = 2;

/**
 * Length of a Monitor's windows in milliseconds. `auto` is `max_window_hours` where so many hours hold `min_rows` at `rowsPerHour`,
 * else the shortest of the ladder that does; four weeks when even they do not.
 */
export const windowLength = (
  monitor: Pick<Monitor, "window" | "max_window_hours" | "min_rows">,
  rowsPerHour: number,
): number => {
  const given = /^(\d+)([mhd])$/.exec(monitor.window);
  if (given) return Number(given[1]) * (UNITS[given[2] ?? "h"] ?? HOUR);
  const needed = monitor.min_rows / Math.max(rowsPerHour, 1e-9);
  if (needed <= monitor.max_window_hours) return monitor.max_window_hours * HOUR;
  return (LADDER.find((hours) => hours >= needed) ?? 672) * HOUR;
};

/** Whether a Monitor tells a change in the promised time, and the delay that it can keep. */
export interface Promise24 {
  readonly detectsWithinHours: number;
  readonly keeps: boolean;
  readonly sentence: string;
}

/** Two windows, then the next look: the delay that a Monitor can keep, in hours, against `promised_hours`. `lookHours` is its schedule's interval. */
export const promiseOf = (
  monitor: Pick<Monitor, "promised_hours">,
  lengthMs: number,
  lookHours: number,
): Promise24 => {
  const hours = lengthMs / HOUR;
  const detectsWithinHours = WINDOWS_TO_OPEN * hours + lookHours;
  const keeps = detectsWithinHours <= monitor.promised_hours;
  const told = `windows of ${hours} h, so a change is told within ${detectsWithinHours} h`;
  return {
    detectsWithinHours,
    keeps,
    sentence: keeps
      ? told
      : `${told}: more than the promised ${monitor.promised_hours} h, because too few rows arrive`,
  };
};

/** Weekday (0 Sunday) and hour of an instant in a zone. */
export const localTime = (
  atMs: number,
  zone: string,
): { readonly weekday: number; readonly hour: number } => {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    hour: "numeric",
    hourCycle: "h23",
  }).formatToParts(atMs);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return {
    weekday: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(of("weekday")),
    hour: Number(of("hour")),
  };
};
