import { createTask, parse, validate } from "node-cron";
import {
  localTime,
  mustBeZone,
  type WallTime,
  wallMs,
  wallOf,
  wallToInstant,
} from "../../alerts/zone.ts";
import { UserInputError } from "../../lib/errors.ts";

/** When something is to happen: five cron fields on the clock of a zone. */
export interface Schedule {
  readonly cron: string;
  readonly zone: string;
}

/** One time at which a schedule is due. `slot` is the local wall time that names it, `atMs` the instant. */
export interface Slot {
  readonly slot: string;
  readonly atMs: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A schedule that names no day in this time (30 February) names none at all; leap days come every eight years at worst. */
const HORIZON_DAYS = 366 * 9;

/** UserInputError CRON_INVALID, ZONE_UNKNOWN. */
export const mustBeSchedule = ({ cron, zone }: Schedule): Schedule => {
  mustBeZone(zone);
  if (cron.trim().split(/\s+/).length === 5 && validate(cron)) return { cron, zone };
  throw new UserInputError("CRON_INVALID", `"${cron}" is no schedule`, {
    expected: "five cron fields, such as 0 9 * * 1-5",
    got: cron,
  });
};

const two = (n: number): string => String(n).padStart(2, "0");

const slotName = ({ day, hour, minute, month, year }: WallTime): string =>
  `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;

/**
 * Asks node-cron about wall times as if the wall stood in UTC, where no clock ever changes. The task is never started, and taken
 * out of the library's list again.
 */
const withMatcher = <T>(cron: string, use: (matches: (wall: number) => boolean) => T): T => {
  const task = createTask(cron, () => {}, { timezone: "UTC" });
  try {
    return use((wall) => task.match(new Date(wall)));
  } finally {
    void task.destroy();
  }
};

const wallTimesOf = (cron: string, day: number): readonly number[] => {
  const { hour, minute } = parse(cron);
  return hour.flatMap((h) => minute.map((m) => day + (h * 60 + m) * MINUTE_MS));
};

/** The first wall time after `after` that the schedule names; null where there is none within nine years. */
const nextWall = (
  cron: string,
  after: number,
  matches: (wall: number) => boolean,
): number | null => {
  const first = Math.floor(after / DAY_MS) * DAY_MS;
  const months = new Set(parse(cron).month);
  for (let n = 0; n <= HORIZON_DAYS; n++) {
    const day = first + n * DAY_MS;
    if (!months.has(wallOf(day).month)) continue;
    const found = wallTimesOf(cron, day).find((wall) => wall > after && matches(wall));
    if (found !== undefined) return found;
  }
  return null;
};

/**
 * The first time after `afterMs` at which a schedule is due. A wall time that the clocks skip is due at the first instant after
 * the gap, one that occurs twice is due the first time only; skipped times that fall onto one instant are one, under the name of
 * the last. Null: never. Pure but for node-cron's own matching, and never throws for a schedule that `mustBeSchedule` took.
 */
export const nextSlot = ({ cron, zone }: Schedule, afterMs: number): Slot | null =>
  withMatcher(cron, (matches) => {
    // From before the wall time of `afterMs`, since after a change back earlier wall times come once more.
    let wall: number | null = wallMs(localTime(zone, afterMs)) - DAY_MS / 8;
    let found: Slot | null = null;
    for (;;) {
      wall = nextWall(cron, wall, matches);
      if (wall === null) return found;
      const atMs = wallToInstant(zone, wallOf(wall));
      if (found !== null && atMs > found.atMs) return found;
      if (atMs > afterMs) found = { slot: slotName(wallOf(wall)), atMs };
    }
  });

/** Time between two slots after `atMs`, in milliseconds: the period that a schedule has there. */
export const periodAt = (schedule: Schedule, atMs: number): number => {
  const next = nextSlot(schedule, atMs);
  const after = next && nextSlot(schedule, next.atMs);
  return next && after ? after.atMs - next.atMs : 365 * DAY_MS;
};
