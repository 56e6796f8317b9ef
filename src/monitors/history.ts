import type { Verdict } from "./verdict.ts";

/** What was found about one subject before: enough to decide persistence and hysteresis. */
export interface SubjectHistory {
  /** The last windows that were judged, oldest first, at most `KEPT`. */
  readonly recent: readonly {
    readonly start: number;
    readonly end: number;
    readonly candidate: boolean;
    /** No candidate even by the looser limits of resolving. */
    readonly quiet: boolean;
  }[];
  readonly open: boolean;
  /** Start of the first window of the open streak. */
  readonly since: number | null;
}

/** Per subject (see `subjectKey`). Plain JSON. */
export type History = Readonly<Record<string, SubjectHistory>>;

const KEPT = 8;

/** One key per thing that is judged: rule, subject and segment. */
export const subjectKey = (one: {
  readonly rule: string;
  readonly subject: string;
  readonly segment: string | null;
}): string => JSON.stringify([one.rule, one.subject, one.segment]);

export const NO_HISTORY: SubjectHistory = { recent: [], open: false, since: null };

const isTrue = (value: unknown): boolean => value === true;

/**
 * The history after these Verdicts. A Verdict that could not be judged, or that another subject explains, leaves its subject as it was.
 * `windowStart` is the start of the window that they judge.
 */
export const remember = (
  history: History,
  verdicts: readonly Verdict[],
  windowStart: number,
): History => {
  const next: Record<string, SubjectHistory> = { ...history };
  for (const verdict of verdicts) {
    if (verdict.level === "not_enough_data" || verdict.inhibitedBy !== null) continue;
    const key = subjectKey(verdict);
    const before = history[key] ?? NO_HISTORY;
    const { candidate, quiet } = verdict.evidence;
    const window = {
      start: windowStart,
      end: verdict.windowEnd,
      candidate: isTrue(candidate),
      quiet: isTrue(quiet),
    };
    next[key] = {
      recent: [...before.recent.filter(({ end }) => end !== window.end), window]
        .sort((a, b) => a.end - b.end)
        .slice(-KEPT),
      open: verdict.firing,
      since: verdict.since,
    };
  }
  return next;
};

/** Of Verdicts in the order they were made, the newest of each subject: what stands. */
export const standing = (verdicts: readonly Verdict[]): readonly Verdict[] => [
  ...new Map(verdicts.map((verdict) => [subjectKey(verdict), verdict] as const)).values(),
];
