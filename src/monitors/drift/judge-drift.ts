import { type History, NO_HISTORY, type SubjectHistory, subjectKey } from "../history.ts";
import type { Measure } from "../measure.ts";
import type { Verdict, VerdictLevel } from "../verdict.ts";
import type { DriftPolicy } from "./drift-policy.ts";
import { driftReasons } from "./drift-reasons.ts";
import { enoughRows, type Judged, judgeTests, readTests } from "./tests.ts";

/** What else is known when a window is judged. */
export interface DriftContext {
  /** End of the window, exclusive, and its start; epoch milliseconds. */
  readonly window: { readonly start: number; readonly end: number };
  /** Subjects that explain drift: a broken column by its name, a broken feed as `*`. Value: the subject that is told instead. */
  readonly inhibited: ReadonlyMap<string, string>;
  /** Set when the model is measured, or estimated, to be worse than its band: the words that say so. */
  readonly harm: string | null;
  readonly restated: boolean;
}

interface Standing {
  readonly firing: boolean;
  readonly since: number | null;
  readonly how: "persisted" | "slow" | "standing" | "resolved" | "waiting" | "none";
}

const opening = (
  before: SubjectHistory,
  now: Judged,
  slow: boolean,
  policy: DriftPolicy,
  start: number,
): Standing => {
  const last = before.recent
    .filter(({ end }) => end < now.measure.window.end)
    .slice(-(policy.openWithin - 1));
  const candidates = last.filter(({ candidate }) => candidate);
  const count = candidates.length + (now.candidate ? 1 : 0);
  if (now.candidate && count >= policy.openAfter)
    return { firing: true, since: candidates[0]?.start ?? start, how: "persisted" };
  if (slow) return { firing: true, since: candidates[0]?.start ?? start, how: "slow" };
  return { firing: false, since: null, how: now.candidate ? "waiting" : "none" };
};

const standing = (
  before: SubjectHistory,
  now: Judged,
  quiet: boolean,
  slow: boolean,
  policy: DriftPolicy,
  start: number,
): Standing => {
  if (!before.open) return opening(before, now, slow, policy, start);
  const earlier = before.recent.filter(({ end }) => end < now.measure.window.end);
  const streak = [...earlier.map((one) => one.quiet), quiet].slice(-policy.resolveAfter);
  return streak.length >= policy.resolveAfter && streak.every(Boolean)
    ? { firing: false, since: null, how: "resolved" }
    : { firing: true, since: before.since, how: "standing" };
};

const levelOf = (
  { firing }: Standing,
  candidate: boolean,
  harm: boolean,
  important: boolean,
): VerdictLevel => {
  if (!firing) return candidate ? "info" : "ok";
  if (!important) return "info";
  return harm ? "critical" : "warning";
};

/** Null rates of half the rows and more break a column, whatever the model thinks of it. */
const BROKEN_SHARE = 0.5;

const ruleOf = ({ kind }: Judged): string => (kind === "null_rate" ? "null_rate" : "drift");

const evidenceOf = (judged: Judged, slow: Judged | undefined, quiet: boolean, how: string) => ({
  ...judged.measure.detail,
  test: judged.kind,
  effect: judged.effect,
  floor: judged.floor,
  q: judged.adjustedP,
  rows: judged.rows.current,
  smallest_visible: judged.visible,
  candidate: judged.candidate,
  high: judged.candidate && judged.effect >= 2 * judged.floor,
  quiet,
  how,
  pooled: slow
    ? {
        effect: slow.effect,
        q: slow.adjustedP,
        rows: slow.rows.current,
        smallest_visible: slow.visible,
        candidate: slow.candidate,
      }
    : null,
});

const base = (judged: Judged, context: DriftContext) => {
  const { monitor, segment, subject } = judged.measure;
  return {
    monitor,
    cause: judged.kind === "null_rate" ? ("quality" as const) : ("drift" as const),
    subject,
    segment,
    rule: ruleOf(judged),
    windowEnd: context.window.end,
    restated: context.restated,
  };
};

const explained = (
  judged: Judged,
  before: SubjectHistory,
  by: string,
  context: DriftContext,
): Verdict => ({
  ...base(judged, context),
  level: "not_enough_data",
  firing: before.open,
  since: before.since,
  reasons: [`${judged.measure.subject} is not judged: ${by} explains what it shows`],
  evidence: evidenceOf(judged, undefined, false, "inhibited"),
  inhibitedBy: by,
  digestOnly: false,
});

const tooFew = (
  judged: Judged,
  before: SubjectHistory,
  policy: DriftPolicy,
  context: DriftContext,
): Verdict => ({
  ...base(judged, context),
  level: "not_enough_data",
  firing: before.open,
  since: before.since,
  reasons: [
    `cannot judge ${judged.measure.subject}: ${judged.rows.current} rows against ${judged.rows.reference}, ${policy.minRows} are needed on each side`,
  ],
  evidence: evidenceOf(judged, undefined, false, "too few rows"),
  inhibitedBy: null,
  digestOnly: false,
});

interface Others {
  readonly quiet: boolean;
  readonly slow: Judged | undefined;
  readonly grown: Judged | undefined;
}

interface Weighed {
  readonly stand: Standing;
  readonly broken: boolean;
  readonly important: boolean;
  readonly harm: string | null;
}

const weigh = (
  now: Judged,
  stand: Standing,
  policy: DriftPolicy,
  context: DriftContext,
): Weighed => {
  const importance = policy.importance[now.measure.subject];
  return {
    stand,
    important: importance === undefined || importance >= policy.leastImportance,
    broken: now.kind === "null_rate" && now.candidate && (now.measure.value ?? 0) >= BROKEN_SHARE,
    harm: now.kind !== "null_rate" && stand.firing ? context.harm : null,
  };
};

const judgeOne = (
  judged: Judged,
  { grown, quiet, slow }: Others,
  history: History,
  policy: DriftPolicy,
  context: DriftContext,
): Verdict => {
  const key = base(judged, context);
  const before = history[subjectKey(key)] ?? NO_HISTORY;
  const by = context.inhibited.get(judged.measure.subject) ?? context.inhibited.get("*");
  if (by !== undefined) return explained(judged, before, by, context);
  if (!enoughRows(judged, policy)) return tooFew(judged, before, policy, context);
  const now = grown?.candidate ? { ...judged, candidate: true } : judged;
  const still = quiet && grown?.candidate !== true && slow?.candidate !== true;
  const slowly = slow?.candidate === true;
  const found = standing(before, now, still, slowly, policy, context.window.start);
  const { broken, harm, important, stand } = weigh(now, found, policy, context);
  return {
    ...key,
    level: broken ? "critical" : levelOf(stand, now.candidate, harm !== null, important),
    firing: stand.firing || broken,
    since: broken && !stand.firing ? context.window.start : stand.since,
    reasons: driftReasons(now, slow, stand.how, policy, harm),
    evidence: {
      ...evidenceOf(now, slow, still, stand.how),
      importance: policy.importance[judged.measure.subject] ?? null,
      harm: context.harm,
    },
    inhibitedBy: null,
    digestOnly: stand.firing && !important && !broken,
  };
};

/**
 * Verdicts of one window from its drift Measures (`ks`, `cramers_v`, `null_rate`; with `_pooled` the slow path, with `_grown` the grown
 * reference): false-discovery control, effect floor, persistence, slow path, hysteresis, importance, harm gate, each with its reasons
 * (monitoring.md 3.1). Pure; the same arguments give the same Verdicts.
 */
export const judgeDrift = (
  measures: readonly Measure[],
  history: History,
  policy: DriftPolicy,
  context: DriftContext,
): readonly Verdict[] => {
  const tests = readTests(measures, policy);
  const judged = judgeTests(tests, policy, policy.falseDiscovery);
  const loose = judgeTests(tests, policy, policy.resolveDiscovery, policy.resolveFloor);
  const slow = judgeTests(readTests(measures, policy, "_pooled"), policy, policy.slowDiscovery);
  const grown = judgeTests(readTests(measures, policy, "_grown"), policy, policy.falseDiscovery);
  const same = (one: Judged) => (other: Judged) =>
    other.kind === one.kind &&
    other.measure.subject === one.measure.subject &&
    other.measure.segment === one.measure.segment;
  return judged.map((one, at) =>
    judgeOne(
      one,
      {
        quiet: loose[at]?.candidate !== true,
        slow: slow.find(same(one)),
        grown: grown.find(same(one)),
      },
      history,
      policy,
      context,
    ),
  );
};
