import { type Duck, openDuck } from "../data/duck.ts";
import { remember, standing } from "./history.ts";
import type { Measure } from "./measure.ts";
import type { PerformanceMonitor } from "./monitor.ts";
import { type Calibration, chooseCalibration } from "./performance/calibration.ts";
import { joinLabels } from "./performance/join-labels.ts";
import { judgeWindow, type PerformanceLook } from "./performance/judge-window.ts";
import { judgeService } from "./performance/service.ts";
import { feedVerdict } from "./quality/feed.ts";
import { ruleVerdict } from "./quality/rule-verdict.ts";
import type { MonitorResult } from "./result.ts";
import type { FeedFault } from "./source/data-source.ts";
import { isDefect, openRelation, plainCause } from "./source/open-relation.ts";
import { type PlannedWindow, planWindows } from "./source/plan-windows.ts";
import { ALL_ROWS } from "./source/read-columns.ts";
import type { Relation } from "./source/relation.ts";
import type { MonitorSources } from "./sources.ts";
import type { MonitorState } from "./state.ts";
import type { Verdict } from "./verdict.ts";

const MEMORY_MB = 512;

const waiting = (monitor: PerformanceMonitor, partial: number, now: number): Verdict => ({
  ...ruleVerdict(
    monitor.id,
    { start: now, end: now },
    {},
    {
      subject: monitor.metric,
      rule: "realised_metric",
      level: "not_enough_data",
      reasons: [
        partial > 0
          ? `${partial} windows wait for their labels; early ones are biased, so nothing is judged`
          : "no window has ended yet",
      ],
    },
    "performance",
  ),
  digestOnly: true,
});

const judgeWindows = async (
  look: PerformanceLook,
  windows: readonly PlannedWindow[],
  state: MonitorState,
): Promise<MonitorResult> => {
  const measures: Measure[] = [];
  const verdicts: Verdict[] = [];
  let [now, open, partial] = [state, false, 0];
  for (const window of windows) {
    const found = await judgeWindow(look, window, now);
    measures.push(...found.measures);
    // Behind a window that waits for labels nothing is final: it will be looked at again.
    open ||= !found.mature;
    partial += found.mature ? 0 : 1;
    verdicts.push(...found.verdicts.filter(({ rule }) => !open || rule === "estimated_metric"));
    now = open
      ? {
          ...now,
          history: remember(
            now.history,
            found.verdicts.filter(({ rule }) => rule === "estimated_metric"),
            window.start,
          ),
        }
      : { ...found.state, judgedUntil: window.end };
  }
  const realised = verdicts.some(({ rule }) => rule === "realised_metric");
  return {
    measures,
    verdicts: realised
      ? standing(verdicts)
      : [...standing(verdicts), waiting(look.monitor, partial, look.now)],
    state: now,
    windows: windows.map(({ end, start }) => ({ start, end })),
  };
};

const calibrationOf = async (
  duck: Duck,
  monitor: PerformanceMonitor,
  { labelled }: MonitorSources,
): Promise<Calibration | null> => {
  const { relation } = labelled ? await openRelation(duck, labelled) : { relation: null };
  if (relation === null) return null;
  const rows = await joinLabels(duck, monitor, relation, relation, ALL_ROWS);
  const positive = monitor.positive ?? "1";
  const scored = (rows?.outcomes ?? []).map(({ actual, score }) => ({
    score,
    label: actual === positive ? 1 : 0,
  }));
  return scored.length < 2 * monitor.min_rows ? null : chooseCalibration(scored);
};

const lookAt = async (
  duck: Duck,
  monitor: PerformanceMonitor,
  sources: MonitorSources,
  log: Relation,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const plan = await planWindows(duck, log, monitor, state.judgedUntil, state.lengthMs, now);
  const labels = sources.labels ? await openRelation(duck, sources.labels) : null;
  const look: PerformanceLook = {
    duck,
    monitor,
    sources,
    log,
    labels: labels?.relation ?? null,
    calibration: await calibrationOf(duck, monitor, sources),
    now,
    lengthMs: plan.lengthMs,
  };
  return judgeWindows(look, plan.windows, { ...state, lengthMs: plan.lengthMs });
};

const withService = async (
  monitor: PerformanceMonitor,
  sources: MonitorSources,
  result: MonitorResult,
  now: number,
): Promise<MonitorResult> => {
  if (!sources.fetch || !monitor.prometheus) return result;
  const found = await judgeService(monitor, sources.fetch, result.state.history, now);
  return {
    ...result,
    measures: [...result.measures, ...found.measures],
    verdicts: [...result.verdicts, ...found.verdicts],
    state: { ...result.state, history: remember(result.state.history, found.verdicts, now) },
  };
};

/** Performance of one Monitor; see `runMonitor`. Estimates come at once, realised figures when their labels are there. */
export const runPerformance = async (
  monitor: PerformanceMonitor,
  sources: MonitorSources,
  state: MonitorState,
  now: number,
): Promise<MonitorResult> => {
  const failed = (faults: readonly FeedFault[]): MonitorResult => {
    const verdicts = [feedVerdict(monitor, state.history, faults, "the prediction log", now)];
    return {
      measures: [],
      verdicts,
      state: { ...state, history: remember(state.history, verdicts, now) },
      windows: [],
    };
  };
  const duck = await openDuck({ memoryMb: MEMORY_MB, threads: 2 });
  try {
    const { faults, relation } = await openRelation(duck, sources.current);
    const result =
      relation === null
        ? failed(faults)
        : await lookAt(duck, monitor, sources, relation, state, now);
    return await withService(monitor, sources, result, now);
  } catch (error) {
    if (isDefect(error)) throw error;
    const message = `reading stopped: ${plainCause(error)}`;
    return failed([{ code: "corrupt", subject: monitor.source, message, fatal: true }]);
  } finally {
    duck.close();
  }
};
