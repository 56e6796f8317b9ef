import type { Duck } from "../../data/duck.ts";
import { quoteText } from "../../data/sql.ts";
import type { BlobStore } from "../blobs.ts";
import type { DriftMonitor } from "../monitor.ts";
import { decodeCounts, encodeCounts } from "../profile/codec.ts";
import { countWindow } from "../profile/count-window.ts";
import type { ReferenceProfile, WindowCounts } from "../profile/profile.ts";
import { narrow, type Segment } from "../segment.ts";
import { asEpochMs } from "../source/column-sql.ts";
import { ALL_ROWS, type RowScope } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import { type Window, weekPlace } from "../window.ts";

/** Which rows of the reference a window is compared with. */
export interface Baseline {
  readonly counts: WindowCounts;
  readonly scope: RowScope;
  /** In words, for the Verdict. */
  readonly words: string;
}

const WEEK = 7 * 24 * 3_600_000;
const DAY = 24 * 3_600_000;
/** A season is compared with itself where the reference holds so many of its cycles. */
const LEAST_CYCLES = 4;

/** The part of the local week that a window covers; null where seasons are not compared. */
const seasonOf = (
  monitor: DriftMonitor,
  { time }: ReferenceProfile,
  window: Window,
): RowScope | null => {
  const length = window.end - window.start;
  if (monitor.season === "off" || time === null || length > DAY) return null;
  if ((time.end - time.start) / WEEK < LEAST_CYCLES) return null;
  const utc = `(make_timestamp(${asEpochMs(time.name, time.type)} * 1000) AT TIME ZONE 'UTC')`;
  const local = `epoch_ms(${utc} AT TIME ZONE ${quoteText(monitor.zone)})`;
  const place = weekPlace(window.start, monitor.zone);
  return { where: `((${local} - ${place}) % ${WEEK} + ${WEEK}) % ${WEEK} < ${length}` };
};

const WEEKDAYS = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

const seasonWords = (monitor: DriftMonitor, window: Window): string => {
  const place = weekPlace(window.start, monitor.zone);
  const hours = (window.end - window.start) / 3_600_000;
  const hour = Math.floor((place % DAY) / 3_600_000);
  return `the ${hours} hours from ${WEEKDAYS[Math.floor(place / DAY)]} ${hour} h of the reference`;
};

/** Finds baselines of a profile; each slice of the reference is counted once. */
export interface Baselines {
  readonly of: (window: Window, segment: Segment | null) => Promise<Baseline>;
  readonly whole: (segment: Segment | null) => Promise<Baseline>;
}

/** `openReference` opens the reference when a slice of it is to be counted. */
export const createBaselines = (
  duck: Duck,
  monitor: DriftMonitor,
  profile: ReferenceProfile,
  openReference: () => Promise<Relation | null>,
  blobs: BlobStore,
): Baselines => {
  const kept = new Map<string, WindowCounts>();
  const whole: WindowCounts = {
    rows: profile.rows,
    counts: new Map(profile.columns.map(({ counts, field }) => [field, counts] as const)),
  };
  const countSlice = async (scope: RowScope): Promise<WindowCounts> => {
    const slice = Buffer.from(scope.where).toString("base64url").slice(0, 200);
    const key = `slices/${profile.identity.slice(0, 16)}/${slice}`;
    const found = kept.get(key) ?? decodeCounts(await blobs.read(key));
    if (found) return found;
    const relation = await openReference();
    if (relation === null) return { rows: 0, counts: new Map() };
    const counts = await countWindow(duck, relation, profile, scope);
    kept.set(key, counts);
    await blobs.write(key, encodeCounts(counts));
    return counts;
  };
  const wholeOf = async (segment: Segment | null): Promise<Baseline> => {
    const scope = narrow(ALL_ROWS, segment);
    const counts = segment === null ? whole : await countSlice(scope);
    return { counts, scope, words: "the whole reference" };
  };
  return {
    whole: wholeOf,
    of: async (window, segment) => {
      const season = seasonOf(monitor, profile, window);
      if (season === null) return wholeOf(segment);
      const scope = narrow(season, segment);
      const counts = await countSlice(scope);
      return counts.rows >= monitor.min_rows
        ? { counts, scope, words: seasonWords(monitor, window) }
        : wholeOf(segment);
    },
  };
};
