import type { Monitor } from "../monitor.ts";
import { rowsOf } from "../profile/merge.ts";
import type { ReferenceProfile, WindowCounts } from "../profile/profile.ts";
import type { FeedFault } from "../source/data-source.ts";
import type { Verdict } from "../verdict.ts";
import type { Window } from "../window.ts";

/** Subject of everything that concerns the feed as a whole; it inhibits all its columns. */
export const FEED = "feed";

/** A feed, or a reference, that could not be read: told as quality, once, instead of drift. */
export const feedVerdict = (
  monitor: Monitor,
  faults: readonly FeedFault[],
  what: string,
  now: number,
): Verdict => {
  const fatal = faults.some((fault) => fault.fatal);
  const waits = what === "the reference" && faults.every(({ code }) => code === "missing");
  return {
    monitor: monitor.id,
    cause: "quality",
    subject: FEED,
    segment: null,
    rule: "feed",
    level: waits ? "not_enough_data" : fatal ? "critical" : "warning",
    firing: !waits,
    windowEnd: now,
    since: waits ? null : now,
    reasons: [
      fatal
        ? `nothing can be judged: ${what} of ${monitor.model} cannot be read`
        : `a part of ${what} of ${monitor.model} cannot be read`,
      ...faults.slice(0, 5).map(({ message }) => message),
    ],
    evidence: { faults: faults.slice(0, 20) },
    inhibitedBy: null,
    restated: false,
    digestOnly: false,
  };
};

interface ColumnFaults {
  readonly verdicts: readonly Verdict[];
  /** Broken columns, and the subject that tells why. */
  readonly inhibits: ReadonlyMap<string, string>;
}

/** Columns that a window lacks, or in which it holds no value: quality, which explains whatever drift they would show. */
export const columnFaults = (
  monitor: string,
  profile: ReferenceProfile,
  { counts, rows }: WindowCounts,
  window: Window,
): ColumnFaults => {
  const broken = profile.columns.flatMap(({ counts: reference, field }) => {
    const found = counts.get(field);
    if (!found) return [{ field, rule: "schema", why: `${field} is missing from the feed` }];
    const empty = rowsOf(found) > 0 && found.n === 0 && reference.n > 0;
    return empty ? [{ field, rule: "null_rate", why: `${field} has no value in any row` }] : [];
  });
  return {
    verdicts: broken.map(({ field, rule, why }) => ({
      monitor,
      cause: "quality",
      subject: field,
      segment: null,
      rule,
      level: "critical",
      firing: true,
      windowEnd: window.end,
      since: window.start,
      reasons: [why, `${rows} rows of the window were looked at`],
      evidence: { rows, candidate: true, quiet: false },
      inhibitedBy: null,
      restated: false,
      digestOnly: false,
    })),
    inhibits: new Map(broken.map(({ field }) => [field, field] as const)),
  };
};
