import type { Duck } from "../../data/duck.ts";
import { NO_HISTORY, remember, subjectKey } from "../history.ts";
import type { Measure } from "../measure.ts";
import type { PerformanceMonitor } from "../monitor.ts";
import { ruleVerdict } from "../quality/rule-verdict.ts";
import type { PlannedWindow } from "../source/plan-windows.ts";
import type { Relation } from "../source/relation.ts";
import type { MonitorSources } from "../sources.ts";
import type { MonitorState } from "../state.ts";
import type { Verdict } from "../verdict.ts";
import { type Calibration, calibrate } from "./calibration.ts";
import { estimatePerformance } from "./estimate.ts";
import { joinLabels, type LabelledWindow } from "./join-labels.ts";
import { bandOf, judgeConcept, judgeMetric, type Shown } from "./judge-performance.ts";
import { limitFor, startPageHinkley, stepPageHinkley } from "./page-hinkley.ts";
import { isLoss, type Realised, realisedMetric } from "./realised.ts";

const DAY = 86_400_000;
const Z95 = 1.959963984540054;
/** A window is mature when so many of its labels have come, or when they are overdue (monitoring.md 4). */
const MATURE = 0.95;
/** So long after they are due, labels that are still too few are not waited for any more. */
const GIVE_UP_DAYS = 30;
/** People are told of a lasting small change at most once in so many days by chance. */
const RUN_LENGTH_DAYS = 180;
const KEPT_SERIES = 400;

/** What one look at a performance Monitor works with. */
export interface PerformanceLook {
  readonly duck: Duck;
  readonly monitor: PerformanceMonitor;
  readonly sources: MonitorSources;
  readonly log: Relation;
  readonly labels: Relation | null;
  readonly calibration: Calibration | null;
  readonly now: number;
  readonly lengthMs: number;
}

/** What one window showed; `mature` when its labels are there or overdue. */
export interface JudgedWindow {
  readonly measures: readonly Measure[];
  readonly verdicts: readonly Verdict[];
  readonly state: MonitorState;
  readonly mature: boolean;
}

const measureOf = (
  monitor: PerformanceMonitor,
  window: PlannedWindow,
  name: string,
  found: Realised | null,
  rows: number,
  detail: Readonly<Record<string, unknown>>,
): Measure => ({
  monitor: monitor.id,
  subject: monitor.metric,
  segment: null,
  name,
  value: found?.value ?? null,
  window: { start: window.start, end: window.end },
  rows,
  detail: {
    ...detail,
    low: found?.low ?? null,
    high: found?.high ?? null,
    method: found?.method ?? null,
  },
});

/** What the scores let expect of a binary model's metric; null for other metrics and for scores that are no probabilities. */
const estimateOf = (look: PerformanceLook, { scores }: LabelledWindow): Shown | null => {
  const { calibration, monitor } = look;
  const binary =
    scores.length >= monitor.min_rows && scores.every((score) => score >= 0 && score <= 1);
  if (!binary || isLoss(monitor.metric)) return null;
  const rows = scores.map((score) => ({
    score,
    p: calibration ? calibrate(calibration, score) : score,
  }));
  const estimate = estimatePerformance(rows, monitor.threshold);
  const value = estimate[monitor.metric as keyof typeof estimate] ?? null;
  if (value === null) return null;
  const positives = rows.reduce((sum, { p }) => sum + p, 0);
  const least = Math.max(1, Math.min(positives, rows.length - positives));
  // Ranking rests on the rarer class: its rows bound the error of an area (Hanley and McNeil 1982), all rows that of a share.
  const n = monitor.metric === "roc_auc" ? 3 * least : rows.length;
  const half = Z95 * Math.sqrt((value * (1 - value)) / n);
  const found = { value, low: value - half, high: value + half, method: "CBPE" };
  return { metric: monitor.metric, found, rows: rows.length };
};

const isMature = (
  look: PerformanceLook,
  window: PlannedWindow,
  { outcomes, rows }: LabelledWindow,
): boolean => {
  const delay = look.monitor.labels?.delay_days ?? null;
  const due = delay === null ? Number.POSITIVE_INFINITY : window.end + delay * DAY;
  // Labels that come later than people thought are still judged: a window without them stays open.
  const overdue =
    look.now >= due &&
    (outcomes.length >= look.monitor.min_rows || look.now >= due + GIVE_UP_DAYS * DAY);
  return rows > 0 && (outcomes.length >= MATURE * rows || overdue);
};

const pageHinkley = (
  look: PerformanceLook,
  window: PlannedWindow,
  values: readonly number[],
): Verdict | null => {
  const start = startPageHinkley(values.slice(0, 28));
  if (start === null || values.length <= 28) return null;
  const worse = isLoss(look.monitor.metric) ? 1 : -1;
  const end = values
    .slice(28)
    .reduce((state, value) => stepPageHinkley(state, value, worse), start);
  const limit = limitFor((RUN_LENGTH_DAYS * DAY) / look.lengthMs);
  const alarm = end.sum > limit;
  return {
    ...ruleVerdict(
      look.monitor.id,
      window,
      {},
      {
        subject: look.monitor.metric,
        rule: "page_hinkley",
        level: alarm ? "warning" : "info",
        reasons: [
          alarm
            ? `${look.monitor.metric} has sunk little by little: ${end.sum.toFixed(1)} against a limit of ${limit.toFixed(1)}, which chance reaches once in ${RUN_LENGTH_DAYS} days`
            : `no lasting change of ${look.monitor.metric}: ${end.sum.toFixed(1)} against ${limit.toFixed(1)}`,
        ],
        evidence: { sum: end.sum, limit, windows: values.length },
      },
      "performance",
    ),
    level: alarm ? "warning" : "ok",
    digestOnly: false,
  };
};

const judgeRealised = (
  look: PerformanceLook,
  window: PlannedWindow,
  labelled: LabelledWindow,
  estimated: Shown | null,
  state: MonitorState,
): {
  readonly verdicts: readonly Verdict[];
  readonly found: Realised | null;
  readonly state: MonitorState;
} => {
  const { monitor, sources } = look;
  const found =
    labelled.outcomes.length < monitor.min_rows
      ? null
      : realisedMetric(monitor.metric, labelled.outcomes, monitor.positive ?? "1");
  if (found === null) return { verdicts: [], found, state };
  const shown = { metric: monitor.metric, found, rows: labelled.outcomes.length };
  const band = bandOf(sources.metric ?? null, found);
  const values = [...(state.series?.[monitor.metric] ?? []), found.value].slice(-KEPT_SERIES);
  const slow = pageHinkley(look, window, values);
  return {
    found,
    verdicts: [
      judgeMetric(monitor.id, window, state.history, shown, band, false),
      ...(estimated ? [judgeConcept(monitor.id, window, state.history, shown, estimated)] : []),
      ...(slow ? [slow] : []),
    ],
    state: { ...state, series: { ...state.series, [monitor.metric]: values } },
  };
};

const judgeEstimate = (
  look: PerformanceLook,
  window: PlannedWindow,
  shown: Shown | null,
  state: MonitorState,
): readonly Verdict[] => {
  if (shown === null) return [];
  const key = { rule: "estimated_metric", subject: shown.metric, segment: null };
  const seen = (state.history[subjectKey(key)] ?? NO_HISTORY).recent.at(-1)?.end ?? 0;
  if (window.end <= seen) return [];
  const band = bandOf(look.sources.metric ?? null, shown.found);
  const remarks =
    look.calibration === null ? ["the scores are taken as probabilities, uncalibrated"] : [];
  return [judgeMetric(look.monitor.id, window, state.history, shown, band, true, remarks)];
};

/** Estimates and, where labels came, realises the metric of one window. Throws what DuckDB throws while reading. */
export const judgeWindow = async (
  look: PerformanceLook,
  window: PlannedWindow,
  state: MonitorState,
): Promise<JudgedWindow> => {
  const { duck, labels, log, monitor } = look;
  const { positive } = look.sources;
  const labelled = await joinLabels(duck, monitor, log, labels, window.scope, positive);
  if (labelled === null) return { measures: [], verdicts: [], state, mature: false };
  const shown = estimateOf(look, labelled);
  const mature = isMature(look, window, labelled);
  const early = judgeEstimate(look, window, shown, state);
  const late = mature
    ? judgeRealised(look, window, labelled, shown, state)
    : { verdicts: [], found: null, state };
  const partial =
    mature || labelled.outcomes.length === 0
      ? late.found
      : realisedMetric(monitor.metric, labelled.outcomes, monitor.positive ?? "1");
  const verdicts = [...early, ...late.verdicts];
  const share = labelled.rows === 0 ? 0 : labelled.outcomes.length / labelled.rows;
  return {
    mature,
    verdicts,
    measures: [
      measureOf(monitor, window, monitor.metric, partial, labelled.outcomes.length, {
        partial: !mature,
        labelled_share: share,
      }),
      ...(shown
        ? [measureOf(monitor, window, `estimated_${monitor.metric}`, shown.found, shown.rows, {})]
        : []),
    ],
    state: { ...late.state, history: remember(late.state.history, verdicts, window.start) },
  };
};
