import { type Duck, openDuck } from "../data/duck.ts";
import { sha256 } from "../lib/hash.ts";
import { NO_BLOBS } from "./blobs.ts";
import { createBaselines } from "./drift/baseline.ts";
import { driftPolicy } from "./drift/drift-policy.ts";
import { judgeDrift } from "./drift/judge-drift.ts";
import { type DriftLook, measureWindow } from "./drift/measure-window.ts";
import { remember, standing, subjectKey } from "./history.ts";
import type { Measure } from "./measure.ts";
import type { DriftMonitor } from "./monitor.ts";
import { encodeCounts } from "./profile/codec.ts";
import { createCountCache } from "./profile/count-cache.ts";
import { loadProfile } from "./profile/load-profile.ts";
import type { ReferenceProfile, WindowCounts } from "./profile/profile.ts";
import { brokenColumns } from "./quality/column-rules.ts";
import { duplicateWindow, feedVerdict } from "./quality/feed.ts";
import { endedVerdicts, FEED, ruleVerdict } from "./quality/rule-verdict.ts";
import type { MonitorResult } from "./result.ts";
import type { Segment } from "./segment.ts";
import type { FeedFault } from "./source/data-source.ts";
import { isDefect, openRelation, plainCause } from "./source/open-relation.ts";
import { pastWindows } from "./source/past-windows.ts";
import { type PlannedWindow, planWindows, timeColumn } from "./source/plan-windows.ts";
import type { Relation } from "./source/relation.ts";
import type { MonitorSources } from "./sources.ts";
import type { MonitorState } from "./state.ts";
import { SHAPE_RULES, type Verdict } from "./verdict.ts";

const MEMORY_MB = 512;
const KEPT_WINDOWS = 400;
/** Late rows are added to their window for so many windows. */
const RESTATED_WINDOWS = 7;
const MOST_SEGMENTS = 50;
/** A column with fewer values could repeat its counts by chance. */
const TELLING = 100;

interface Found {
  readonly measures: readonly Measure[];
  readonly verdicts: readonly Verdict[];
  readonly state: MonitorState;
}

/** Tells the same rows given twice; null where counts could be equal by chance. */
const digestOf = (profile: ReferenceProfile, counts: WindowCounts): string | null =>
  profile.columns.some((column) => column.kind === "numeric" && column.distinct > TELLING)
    ? sha256(encodeCounts(counts)).slice(0, 32)
    : null;

const segmentsOf = (monitor: DriftMonitor, profile: ReferenceProfile): readonly Segment[] => {
  const each = Math.floor(MOST_SEGMENTS / Math.max(1, monitor.segments.length));
  return monitor.segments.flatMap((field) => {
    const column = profile.columns.find((one) => one.field === field);
    return column?.kind === "categorical"
      ? column.values.slice(0, each).map((value) => ({ field, value }))
      : [];
  });
};

// A feature that moved as a whole has values where there were none before: that is the same finding told twice.
const explainedByDrift = (verdict: Verdict, moved: ReadonlySet<string>): Verdict =>
  SHAPE_RULES.has(verdict.rule) && moved.has(verdict.subject)
    ? { ...verdict, inhibitedBy: verdict.subject }
    : verdict;

const judgeWindow = async (
  look: DriftLook,
  sources: MonitorSources,
  window: PlannedWindow,
  earlier: readonly PlannedWindow[],
  state: MonitorState,
  restated: boolean,
): Promise<Found> => {
  const { monitor, policy, profile } = look;
  const counts = await look.cache.count(window);
  const digest = digestOf(profile, counts);
  const before = state.windows.filter(({ end }) => end !== window.end);
  const same = digest === null ? undefined : before.find((one) => one.digest === digest);
  const broken = same ? [duplicateWindow(same)] : brokenColumns(profile, counts);
  const measures = await measureWindow(look, window, counts, earlier, segmentsOf(monitor, profile));
  const drift = judgeDrift(measures, state.history, policy, {
    window,
    inhibited: same
      ? new Map([["*", FEED]])
      : new Map(broken.flatMap(({ inhibits, subject }) => (inhibits ? [[subject, subject]] : []))),
    harm: sources.harm ?? null,
    restated,
  });
  const rules = broken.map((one) => ruleVerdict(monitor.id, window, state.history, one));
  const told = new Set(rules.map(subjectKey));
  const moved = new Set(drift.flatMap(({ firing, subject }) => (firing ? [subject] : [])));
  const found = [
    ...rules.map((verdict) => explainedByDrift(verdict, moved)),
    ...drift.filter((verdict) => !told.has(subjectKey(verdict))),
  ];
  const ended = endedVerdicts(monitor.id, window, state.history, found, (rule) => rule !== "drift");
  const verdicts = [...found, ...ended];
  return {
    measures,
    verdicts,
    state: {
      ...state,
      judgedUntil: window.end,
      history: remember(state.history, verdicts, window.start),
      windows: [
        ...before,
        { start: window.start, end: window.end, rows: window.rows, digest },
      ].slice(-KEPT_WINDOWS),
    },
  };
};

const waiting = (monitor: DriftMonitor, pendingRows: number, now: number): Verdict => ({
  monitor: monitor.id,
  cause: "drift",
  subject: monitor.model,
  segment: null,
  rule: "drift",
  level: "not_enough_data",
  firing: false,
  windowEnd: now,
  since: null,
  reasons: [
    `cannot judge yet: ${pendingRows} rows wait, a window needs ${monitor.min_rows} and its end`,
  ],
  evidence: { rows: pendingRows, min_rows: monitor.min_rows },
  inhibitedBy: null,
  restated: false,
  digestOnly: true,
});

const judgeAll = async (
  look: DriftLook,
  sources: MonitorSources,
  plan: Awaited<ReturnType<typeof planWindows>>,
  past: readonly PlannedWindow[],
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  let found: Found = { measures: [], verdicts: [], state };
  const measures: Measure[] = [];
  const verdicts: Verdict[] = [];
  const earlier = [...past];
  const last = past.at(-1);
  const known = state.windows.at(-1);
  // Rows that came late change the newest Verdict only; older windows enter the pool as they now are.
  const late = last !== undefined && known !== undefined && last.rows > known.rows;
  const windows = plan.windows.length === 0 && late && last ? [last] : plan.windows;
  if (windows[0] === last) earlier.pop();
  for (const window of windows) {
    found = await judgeWindow(look, sources, window, earlier, found.state, window === last);
    measures.push(...found.measures);
    verdicts.push(...found.verdicts);
    earlier.push(window);
  }
  return {
    measures,
    verdicts:
      windows.length > 0 ? standing(verdicts) : [waiting(look.monitor, plan.pendingRows, now)],
    state: found.state,
    windows: windows.map(({ end, start }) => ({ start, end })),
  };
};

const lookAt = async (
  duck: Duck,
  monitor: DriftMonitor,
  sources: MonitorSources,
  current: Relation,
  profile: ReferenceProfile,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const blobs = sources.blobs ?? NO_BLOBS;
  const plan = await planWindows(duck, current, monitor, state.judgedUntil, state.lengthMs, now);
  const time = timeColumn(current, monitor.columns.time);
  let opened: Promise<Relation | null> | null = null;
  const openReference = (): Promise<Relation | null> => {
    opened ??= sources.reference
      ? openRelation(duck, sources.reference).then(({ relation }) => relation)
      : Promise.resolve(null);
    return opened;
  };
  const past = await pastWindows(duck, current, time, state.windows.slice(-28));
  const confirmed = (sources.confirmed ?? []).map((window) => ({ ...window, rows: 0 }));
  const look: DriftLook = {
    duck,
    monitor,
    policy: driftPolicy(monitor, sources.importance),
    profile,
    current,
    openReference,
    baselines: createBaselines(duck, monitor, profile, openReference, blobs),
    cache: createCountCache(duck, current, profile, monitor.id, blobs),
    lengthMs: plan.lengthMs,
    confirmed: (await pastWindows(duck, current, time, confirmed)).filter(({ rows }) => rows > 0),
  };
  const restatable = past.map((window, i) =>
    i < past.length - RESTATED_WINDOWS
      ? { ...window, rows: state.windows.slice(-28)[i]?.rows ?? window.rows }
      : window,
  );
  const seen = { ...state, lengthMs: plan.lengthMs };
  return judgeAll(look, sources, plan, restatable, seen, now);
};

/** Drift of one Monitor; see `runMonitor`. Whatever cannot be read becomes a Verdict. */
export const runDrift = async (
  monitor: DriftMonitor,
  sources: MonitorSources,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const failed = (faults: readonly FeedFault[], what: string): MonitorResult => {
    const verdicts = [feedVerdict(monitor, state.history, faults, what, now)];
    const history = remember(state.history, verdicts, now);
    return { measures: [], verdicts, state: { ...state, history }, windows: [] };
  };
  const duck = await openDuck({ memoryMb: MEMORY_MB, threads: 2 });
  try {
    const loaded = await loadProfile(duck, monitor, sources);
    if (loaded.profile === null) return failed(loaded.faults, "the reference");
    const { faults, relation } = await openRelation(duck, sources.current);
    if (relation === null) return failed(faults, "the feed");
    const result = await lookAt(duck, monitor, sources, relation, loaded.profile, state, now);
    if (faults.length === 0) return result;
    const feed = feedVerdict(monitor, state.history, faults, "the feed", now);
    const history = remember(result.state.history, [feed], now);
    const rest = result.verdicts.filter((verdict) => subjectKey(verdict) !== subjectKey(feed));
    return { ...result, verdicts: [feed, ...rest], state: { ...result.state, history } };
  } catch (error) {
    if (isDefect(error)) throw error;
    const message = `reading stopped: ${plainCause(error)}`;
    return failed([{ code: "corrupt", subject: monitor.source, message, fatal: true }], "the feed");
  } finally {
    duck.close();
  }
};
