import { type History, subjectKey } from "../history.ts";
import type { MonitorKind, Verdict, VerdictLevel } from "../verdict.ts";
import type { Window } from "../window.ts";

/** Subject of everything that concerns the feed as a whole; it inhibits all its columns. */
export const FEED = "feed";

/** A rule that is broken, or a remark that a rule makes. */
export interface Broken {
  readonly subject: string;
  readonly rule: string;
  readonly level: Exclude<VerdictLevel, "ok">;
  readonly reasons: readonly string[];
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** True where nothing else can be said about the subject while this stands. */
  readonly inhibits?: boolean;
}

/** The Verdict of a hard rule: exact counts need no persistence, so it fires at once. `info` never fires. */
export const ruleVerdict = (
  monitor: string,
  window: Window,
  history: History,
  broken: Broken,
  cause: MonitorKind = "quality",
): Verdict => {
  const { level, reasons, rule, subject } = broken;
  const before = history[subjectKey({ rule, subject, segment: null })];
  const firing = level === "warning" || level === "critical";
  return {
    monitor,
    cause,
    subject,
    segment: null,
    rule,
    level,
    firing,
    windowEnd: window.end,
    since: firing ? (before?.open === true ? before.since : window.start) : null,
    reasons,
    evidence: { ...broken.evidence, candidate: firing, quiet: !firing },
    inhibitedBy: null,
    restated: false,
    digestOnly: level === "info",
  };
};

const parseKey = (key: string): readonly [string, string, string | null] =>
  JSON.parse(key) as [string, string, string | null];

/**
 * The Verdicts that end what stood before and is not found any more: one `ok` for each open subject of these rules that `verdicts` do not
 * name. Without them an Incident would stay open for ever.
 */
export const endedVerdicts = (
  monitor: string,
  window: Window,
  history: History,
  verdicts: readonly Verdict[],
  rules: (rule: string) => boolean,
  cause: MonitorKind = "quality",
): readonly Verdict[] => {
  const named = new Set(verdicts.map(subjectKey));
  return Object.entries(history).flatMap(([key, { open }]) => {
    const [rule, subject, segment] = parseKey(key);
    if (!open || named.has(key) || !rules(rule)) return [];
    return [
      {
        monitor,
        cause,
        subject,
        segment,
        rule,
        level: "ok" as const,
        firing: false,
        windowEnd: window.end,
        since: null,
        reasons: [`${subject} keeps the rule ${rule.replaceAll("_", " ")} again`],
        evidence: { candidate: false, quiet: true },
        inhibitedBy: null,
        restated: false,
        digestOnly: false,
      },
    ];
  });
};
