import { type Duck, openDuck } from "../data/duck.ts";
import { NO_BLOBS } from "./blobs.ts";
import { driftPolicy } from "./drift/drift-policy.ts";
import { judgeDrift } from "./drift/judge-drift.ts";
import { measureDrift } from "./drift/measure-drift.ts";
import { remember } from "./history.ts";
import type { Measure } from "./measure.ts";
import type { DriftMonitor } from "./monitor.ts";
import { createCountCache } from "./profile/count-cache.ts";
import { loadProfile } from "./profile/load-profile.ts";
import type { ReferenceProfile, WindowCounts } from "./profile/profile.ts";
import { columnFaults, feedVerdict } from "./quality/feed.ts";
import type { MonitorResult } from "./result.ts";
import type { FeedFault } from "./source/data-source.ts";
import { type PlannedWindow, planWindows } from "./source/plan-windows.ts";
import { openRelation, plainCause, type Relation } from "./source/relation.ts";
import type { MonitorSources } from "./sources.ts";
import type { MonitorState } from "./state.ts";
import type { Verdict } from "./verdict.ts";

const MEMORY_MB = 512;
const KEPT_WINDOWS = 400;

interface Found {
  readonly measures: readonly Measure[];
  readonly verdicts: readonly Verdict[];
  readonly state: MonitorState;
}

const wholeReference = (profile: ReferenceProfile): WindowCounts => ({
  rows: profile.rows,
  counts: new Map(profile.columns.map(({ counts, field }) => [field, counts] as const)),
});

const judgeWindow = async (
  monitor: DriftMonitor,
  sources: MonitorSources,
  profile: ReferenceProfile,
  counts: WindowCounts,
  window: PlannedWindow,
  state: MonitorState,
): Promise<Found> => {
  const policy = driftPolicy(monitor, sources.importance);
  const scope = {
    monitor: monitor.id,
    segment: null,
    window: { start: window.start, end: window.end },
    suffix: "",
    baseline: "the whole reference",
  };
  const measures = measureDrift(scope, profile, wholeReference(profile), counts);
  const faults = columnFaults(monitor.id, profile, counts, window);
  const drift = judgeDrift(measures, state.history, policy, {
    window,
    inhibited: faults.inhibits,
    harm: sources.harm ?? null,
    restated: false,
  });
  const verdicts = [...faults.verdicts, ...drift];
  return {
    measures,
    verdicts,
    state: {
      ...state,
      judgedUntil: window.end,
      history: remember(state.history, verdicts, window.start),
      windows: [
        ...state.windows,
        { start: window.start, end: window.end, rows: window.rows, digest: null },
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
  duck: Duck,
  monitor: DriftMonitor,
  sources: MonitorSources,
  current: Relation,
  profile: ReferenceProfile,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const plan = await planWindows(duck, current, monitor, state.judgedUntil, state.lengthMs, now);
  const cache = createCountCache(duck, current, profile, monitor.id, sources.blobs ?? NO_BLOBS);
  let found: Found = { measures: [], verdicts: [], state: { ...state, lengthMs: plan.lengthMs } };
  const measures: Measure[] = [];
  for (const window of plan.windows) {
    const counts = await cache.count(window);
    found = await judgeWindow(monitor, sources, profile, counts, window, found.state);
    measures.push(...found.measures);
  }
  const verdicts =
    plan.windows.length > 0 ? found.verdicts : [waiting(monitor, plan.pendingRows, now)];
  return {
    measures,
    verdicts,
    state: found.state,
    windows: plan.windows.map(({ end, start }) => ({ start, end })),
  };
};

/** Drift of one Monitor; see `runMonitor`. Whatever cannot be read becomes a Verdict. */
export const runDrift = async (
  monitor: DriftMonitor,
  sources: MonitorSources,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const failed = (faults: readonly FeedFault[], what: string): MonitorResult => ({
    measures: [],
    verdicts: [feedVerdict(monitor, faults, what, now)],
    state,
    windows: [],
  });
  const duck = await openDuck({ memoryMb: MEMORY_MB, threads: 2 });
  try {
    const loaded = await loadProfile(duck, monitor, sources);
    if (loaded.profile === null) return failed(loaded.faults, "the reference");
    const { faults, relation } = await openRelation(duck, sources.current);
    if (relation === null) return failed(faults, "the feed");
    const result = await judgeAll(duck, monitor, sources, relation, loaded.profile, state, now);
    return faults.length === 0
      ? result
      : {
          ...result,
          verdicts: [feedVerdict(monitor, faults, "the feed", now), ...result.verdicts],
        };
  } catch (error) {
    const message = `reading stopped: ${plainCause(error)}`;
    return failed([{ code: "corrupt", subject: monitor.source, message, fatal: true }], "the feed");
  } finally {
    duck.close();
  }
};
