import { type Duck, openDuck } from "../data/duck.ts";
import { NO_BLOBS } from "./blobs.ts";
import { DRIFT_DEFAULTS } from "./drift/drift-policy.ts";
import { judgeDrift } from "./drift/judge-drift.ts";
import { measureNulls } from "./drift/measure-drift.ts";
import { remember, standing, subjectKey } from "./history.ts";
import type { Measure } from "./measure.ts";
import type { QualityMonitor } from "./monitor.ts";
import { createCountCache } from "./profile/count-cache.ts";
import { loadProfile } from "./profile/load-profile.ts";
import type { ReferenceProfile } from "./profile/profile.ts";
import { brokenColumns } from "./quality/column-rules.ts";
import { feedVerdict } from "./quality/feed.ts";
import { findRenamed } from "./quality/renamed.ts";
import { type Broken, endedVerdicts, FEED, ruleVerdict } from "./quality/rule-verdict.ts";
import { keyColumns, type TableFacts, tableFacts } from "./quality/table-facts.ts";
import {
  freshness,
  hardRules,
  predictionRules,
  schemaRules,
  uniqueness,
  volume,
} from "./quality/table-rules.ts";
import type { MonitorResult } from "./result.ts";
import type { FeedFault } from "./source/data-source.ts";
import { isDefect, openRelation, plainCause } from "./source/open-relation.ts";
import { type Plan, type PlannedWindow, planWindows } from "./source/plan-windows.ts";
import type { Relation } from "./source/relation.ts";
import type { MonitorSources } from "./sources.ts";
import type { MonitorState } from "./state.ts";
import type { Verdict } from "./verdict.ts";

const MEMORY_MB = 512;
const KEPT_WINDOWS = 400;
const HOUR = 3_600_000;

interface QualityLook {
  readonly duck: Duck;
  readonly monitor: QualityMonitor;
  readonly relation: Relation;
  readonly profile: ReferenceProfile | null;
  readonly sources: MonitorSources;
}

const measureOf = (
  monitor: QualityMonitor,
  window: PlannedWindow,
  name: string,
  value: number | null,
  detail: Readonly<Record<string, unknown>> = {},
): Measure => ({
  monitor: monitor.id,
  subject: FEED,
  segment: null,
  name,
  value,
  window: { start: window.start, end: window.end },
  rows: window.rows,
  detail,
});

const schemaOf = async (
  { duck, monitor, profile, relation }: QualityLook,
  window: PlannedWindow,
): Promise<readonly Broken[]> => {
  if (profile === null) return [];
  const own = new Set(Object.values(monitor.columns));
  const known = new Set(profile.schema.map(({ name }) => name));
  const missing = profile.columns.map(({ field }) => field).filter((f) => !relation.columns.has(f));
  const added = [...relation.columns.keys()].filter((name) => !known.has(name) && !own.has(name));
  const alike = await findRenamed(duck, relation, profile, window.scope, missing, added);
  return schemaRules(missing, added, alike);
};

const columnsOf = async (
  look: QualityLook,
  window: PlannedWindow,
  state: MonitorState,
): Promise<{
  readonly broken: readonly Broken[];
  readonly measures: readonly Measure[];
  readonly nulls: readonly Verdict[];
}> => {
  const { duck, monitor, profile, relation, sources } = look;
  if (profile === null) return { broken: [], measures: [], nulls: [] };
  const cache = createCountCache(duck, relation, profile, monitor.id, sources.blobs ?? NO_BLOBS);
  const counts = await cache.count(window);
  const whole = new Map(profile.columns.map(({ counts: c, field }) => [field, c] as const));
  const scope = {
    monitor: monitor.id,
    segment: null,
    window: { start: window.start, end: window.end },
    suffix: "",
    baseline: "the whole reference",
  };
  const measures = measureNulls(scope, profile, { rows: profile.rows, counts: whole }, counts);
  const broken = [
    ...(await schemaOf(look, window)),
    ...brokenColumns(profile, counts).filter(
      ({ rule, subject }) => rule !== "schema" || relation.columns.has(subject),
    ),
  ];
  const policy = { ...DRIFT_DEFAULTS, minRows: monitor.min_rows };
  const nulls = judgeDrift(measures, state.history, policy, {
    window,
    inhibited: new Map(),
    harm: null,
    restated: false,
  });
  return { broken, measures, nulls };
};

const rowRules = (look: QualityLook, facts: TableFacts): readonly Broken[] => [
  ...hardRules(look.monitor, facts.failing, facts.rows, facts.worst),
  ...(facts.repeated === null
    ? []
    : uniqueness(keyColumns(look.monitor, look.relation), facts.repeated, facts.rows)),
  ...predictionRules(facts),
];

interface Found {
  readonly measures: readonly Measure[];
  readonly verdicts: readonly Verdict[];
  readonly state: MonitorState;
}

const judgeWindow = async (
  look: QualityLook,
  window: PlannedWindow,
  state: MonitorState,
): Promise<Found> => {
  const { monitor } = look;
  const facts = await tableFacts(look.duck, monitor, look.relation, window.scope);
  const columns = await columnsOf(look, window, state);
  const broken = [...volume(monitor, state, window), ...rowRules(look, facts), ...columns.broken];
  const rules = broken.map((one) => ruleVerdict(monitor.id, window, state.history, one));
  const told = new Set(rules.map(subjectKey));
  const found = [...rules, ...columns.nulls.filter((verdict) => !told.has(subjectKey(verdict)))];
  const ended = endedVerdicts(
    monitor.id,
    window,
    state.history,
    found,
    (rule) => rule !== "freshness",
  );
  const verdicts = [...found, ...ended];
  return {
    measures: [
      ...columns.measures,
      measureOf(monitor, window, "rows", window.rows),
      measureOf(
        monitor,
        window,
        "failing_share",
        facts.rows === 0 ? null : facts.failing / facts.rows,
      ),
      ...(facts.repeated === null
        ? []
        : [measureOf(monitor, window, "repeated_keys", facts.repeated)]),
    ],
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

/** Freshness is judged at every look, whether or not a window has ended. */
const judgeFreshness = (
  monitor: QualityMonitor,
  plan: Plan,
  state: MonitorState,
  now: number,
): readonly Verdict[] => {
  const at = { start: now, end: now };
  const stale = freshness(monitor, plan.newest, plan.lengthMs, now);
  const found = stale.map((one) => ruleVerdict(monitor.id, at, state.history, one));
  const untimed: Broken = {
    subject: FEED,
    rule: "event_time",
    level: "info",
    reasons: [`${plan.untimed} rows have no time, or one in the future; they are in no window`],
  };
  return [
    ...found,
    ...endedVerdicts(monitor.id, at, state.history, found, (rule) => rule === "freshness"),
    ...(plan.untimed > 0 ? [ruleVerdict(monitor.id, at, state.history, untimed)] : []),
  ];
};

const fine = (monitor: QualityMonitor, plan: Plan, now: number): Verdict => ({
  ...ruleVerdict(
    monitor.id,
    { start: now, end: now },
    {},
    {
      subject: FEED,
      rule: "quality",
      level: "info",
      reasons: [],
    },
  ),
  level: plan.windows.length === 0 ? "not_enough_data" : "ok",
  reasons: [
    plan.windows.length === 0
      ? `no window has ended since the last look; ${plan.pendingRows} rows wait`
      : "every rule is kept",
  ],
});

const lookAt = async (
  look: QualityLook,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const { duck, monitor, relation } = look;
  const plan = await planWindows(duck, relation, monitor, state.judgedUntil, state.lengthMs, now);
  let found: Found = { measures: [], verdicts: [], state: { ...state, lengthMs: plan.lengthMs } };
  const measures: Measure[] = [];
  const judged: Verdict[] = [];
  for (const window of plan.windows) {
    found = await judgeWindow(look, window, found.state);
    measures.push(...found.measures);
    judged.push(...found.verdicts);
  }
  const fresh = judgeFreshness(monitor, plan, found.state, now);
  const verdicts = [...fresh, ...standing(judged)];
  const age = plan.newest === null ? null : (now - plan.newest) / HOUR;
  const lasting = { start: now, end: now, rows: plan.pendingRows, scope: { where: "true" } };
  return {
    measures: [...measures, measureOf(monitor, lasting, "freshness_hours", age)],
    verdicts: verdicts.length > 0 ? verdicts : [fine(monitor, plan, now)],
    state: { ...found.state, history: remember(found.state.history, fresh, now) },
    windows: plan.windows.map(({ end, start }) => ({ start, end })),
  };
};

/** Data quality of one Monitor; see `runMonitor`. Without a reference the rules that need one are left out. */
export const runQuality = async (
  monitor: QualityMonitor,
  sources: MonitorSources,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const failed = (faults: readonly FeedFault[]): MonitorResult => {
    const verdicts = [feedVerdict(monitor, state.history, faults, "the feed", now)];
    const history = remember(state.history, verdicts, now);
    return { measures: [], verdicts, state: { ...state, history }, windows: [] };
  };
  const duck = await openDuck({ memoryMb: MEMORY_MB, threads: 2 });
  try {
    const { faults, relation } = await openRelation(duck, sources.current);
    if (relation === null) return failed(faults);
    const { profile } = await loadProfile(duck, monitor, sources);
    const result = await lookAt({ duck, monitor, relation, profile, sources }, state, now);
    if (faults.length === 0) return result;
    const feed = feedVerdict(monitor, state.history, faults, "the feed", now);
    const history = remember(result.state.history, [feed], now);
    return { ...result, verdicts: [feed, ...result.verdicts], state: { ...result.state, history } };
  } catch (error) {
    if (isDefect(error)) throw error;
    const message = `reading stopped: ${plainCause(error)}`;
    return failed([{ code: "corrupt", subject: monitor.source, message, fatal: true }]);
  } finally {
    duck.close();
  }
};
