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

/** How far the clocks of a zone are ahead of UTC at an instant, milliseconds. */
export const zoneOffset = (atMs: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  }).formatToParts(atMs);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(
    of("year"),
    of("month") - 1,
    of("day"),
    of("hour"),
    of("minute"),
    of("second"),
  );
  return local - Math.floor(atMs / 1000) * 1000;
};

const WEEK = 7 * 24 * HOUR;

/** Where in the local week an instant lies, milliseconds from Thursday 0 h (the epoch's weekday): the same at each same hour of the week. */
export const weekPlace = (atMs: number, zone: string): number =>
  (((atMs + zoneOffset(atMs, zone)) % WEEK) + WEEK) % WEEK;

/** Windows of one length in a week; null when they do not fill one evenly, or when a week holds more than 28. */
const perWeek = (lengthMs: number): number | null =>
  WEEK % lengthMs === 0 && WEEK / lengthMs <= 28 ? WEEK / lengthMs : null;

/**
 * How many windows the slow path pools: max(7, n_ref/n_cur), whole weeks where windows fill them, at most 28; of `held` windows. 0 when
 * too few are held (monitoring.md 3.3).
 */
export const poolSize = (
  referenceRows: number,
  windowRows: number,
  lengthMs: number,
  held: number,
): number => {
  const wanted = Math.min(28, Math.max(7, Math.ceil(referenceRows / Math.max(1, windowRows))));
  const week = perWeek(lengthMs);
  const unit = week ?? 1;
  const most = Math.floor(Math.min(held, 28) / unit) * unit;
  const size = Math.min(most, Math.ceil(wanted / unit) * unit);
  return size >= Math.max(7, unit) || (week !== null && size >= week) ? size : 0;
};
