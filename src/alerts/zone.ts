import { UserInputError } from "../lib/errors.ts";

/** A time as a clock on the wall shows it. Month 1..12; a day beyond its month counts on. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Has no offset and no changes, and making a formatter takes half a millisecond: most schedules are in it. */
const UTC = "UTC";

/** True for an IANA zone that this machine knows. */
export const isZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

/** UserInputError ZONE_UNKNOWN for a name that is no zone. */
export const mustBeZone = (zone: string): string => {
  if (isZone(zone)) return zone;
  throw new UserInputError("ZONE_UNKNOWN", `no time zone is called "${zone}"`, {
    expected: "an IANA name such as Europe/Berlin",
    got: zone,
  });
};

/** The wall time as if the wall stood in UTC: a number that orders and counts like one. */
export const wallMs = ({ day, hour, minute, month, year }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute);

export const wallOf = (ms: number): WallTime => {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
};

// Whole minutes: no zone in use differs from UTC by seconds.
const offsetAt = (format: Intl.DateTimeFormat, ms: number): number => {
  const parts = Object.fromEntries(
    format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
  );
  const wall = Date.UTC(
    parts.year ?? 0,
    (parts.month ?? 1) - 1,
    parts.day,
    parts.hour,
    parts.minute,
    parts.second,
  );
  return Math.round((wall - Math.floor(ms / 1000) * 1000) / MINUTE_MS) * MINUTE_MS;
};

const formatOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });

/** The wall time of an instant in a zone. RangeError for an unknown zone. */
export const localTime = (zone: string, ms: number): WallTime =>
  wallOf(zone === UTC ? ms : ms + offsetAt(formatOf(zone), ms));

/** The first minute in (low, high] at which the zone's offset is `after`. */
const transition = (
  format: Intl.DateTimeFormat,
  low: number,
  high: number,
  after: number,
): number => {
  let [from, to] = [Math.floor(low / MINUTE_MS), Math.ceil(high / MINUTE_MS)];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (offsetAt(format, middle * MINUTE_MS) === after) to = middle;
    else from = middle;
  }
  return to * MINUTE_MS;
};

/**
 * The instant of a wall time. One that the clocks skip is the first instant after the gap; one that occurs twice is the first of
 * the two.
 */
export const wallToInstant = (zone: string, wall: WallTime): number => {
  const target = wallMs(wall);
  if (zone === UTC) return target;
  const format = formatOf(zone);
  // No zone lies more than 15 hours from UTC, and none changes twice within two days.
  const [before, after] = [offsetAt(format, target - DAY_MS), offsetAt(format, target + DAY_MS)];
  const fits = [target - before, target - after]
    .filter((ms) => ms + offsetAt(format, ms) === target)
    .sort((a, b) => a - b);
  const [first] = fits;
  if (first !== undefined) return first;
  return transition(
    format,
    target - Math.max(before, after),
    target - Math.min(before, after),
    after,
  );
};
