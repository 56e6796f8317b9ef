import type { History } from "../history.ts";
import type { Monitor } from "../monitor.ts";
import type { FeedFault } from "../source/data-source.ts";
import type { Verdict } from "../verdict.ts";
import type { Window } from "../window.ts";
import { type Broken, FEED, ruleVerdict } from "./rule-verdict.ts";

/** A feed, or a reference, that could not be read: told as quality, once, instead of drift. */
export const feedVerdict = (
  monitor: Monitor,
  history: History,
  faults: readonly FeedFault[],
  what: string,
  now: number,
): Verdict => {
  const fatal = faults.some((fault) => fault.fatal);
  const waits = what === "the reference" && faults.every(({ code }) => code === "missing");
  return ruleVerdict(monitor.id, { start: now, end: now }, history, {
    subject: FEED,
    rule: "feed",
    level: waits ? "not_enough_data" : fatal ? "critical" : "warning",
    reasons: [
      fatal
        ? `nothing can be judged: ${what} of ${monitor.model} cannot be read`
        : `a part of ${what} of ${monitor.model} cannot be read`,
      ...faults.slice(0, 5).map(({ message }) => message),
    ],
    evidence: { faults: faults.slice(0, 20) },
  });
};

/** The same rows given again under another time: nothing about them can be judged twice. */
export const duplicateWindow = (earlier: Window & { readonly rows: number }): Broken => ({
  subject: FEED,
  rule: "duplicate",
  level: "warning",
  reasons: [
    `the window holds the same ${earlier.rows} rows as the one from ${new Date(earlier.start).toISOString()}`,
    "drift is not judged on rows that were given twice",
  ],
  evidence: { same_as: { start: earlier.start, end: earlier.end, rows: earlier.rows } },
});
