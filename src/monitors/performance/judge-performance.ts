import { type History, NO_HISTORY, subjectKey } from "../history.ts";
import { persist } from "../persistence.ts";
import type { Verdict } from "../verdict.ts";
import type { Window } from "../window.ts";
import { isLoss, type Realised } from "./realised.ts";

/** The band a metric should stay in: the hold-out value, three standard errors of the window's size to either side. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

/** What one window shows about one metric. */
export interface Shown {
  readonly metric: string;
  readonly found: Realised;
  readonly rows: number;
}

const Z95 = 1.959963984540054;
const SIGMAS = 3;

const digits = (value: number): string => value.toFixed(3).replace(/^0/, "");

/**
 * The band of a metric for a window: the hold-out value ± three standard errors, those of the hold-out part and of the window together.
 * Without a hold-out value there is none.
 */
export const bandOf = (
  reference: { readonly value: number; readonly low: number; readonly high: number } | null,
  found: Realised,
): Band | null => {
  if (reference === null) return null;
  const ours = (reference.high - reference.low) / (2 * Z95);
  const theirs = (found.high - found.low) / (2 * Z95);
  const half = SIGMAS * Math.sqrt(ours * ours + theirs * theirs);
  return { low: reference.value - half, high: reference.value + half };
};

/** True when a figure lies on the bad side of its band. */
export const isWorse = (metric: string, value: number, band: Band): boolean =>
  isLoss(metric) ? value > band.high : value < band.low;

const sentence = (shown: Shown, band: Band | null, estimated: boolean): string => {
  const { found, metric, rows } = shown;
  const what = estimated ? `estimated ${metric}` : metric;
  const figures = `${digits(found.value)} (${digits(found.low)} to ${digits(found.high)}, ${rows.toLocaleString("en-US")} ${estimated ? "predictions" : "labels"})`;
  if (band === null) return `${what} is ${figures}; there is no hold-out value to compare with`;
  const limit = isLoss(metric) ? band.high : band.low;
  return isWorse(metric, found.value, band)
    ? `${what} is ${figures}, beyond its limit of ${digits(limit)}`
    : `${what} is ${figures}, within its limit of ${digits(limit)}`;
};

/**
 * The Verdict on a metric in one window: it fires when it lies beyond its band in 2 of 3 windows. Realised harm is critical, an estimate
 * warns. Pure.
 */
export const judgeMetric = (
  monitor: string,
  window: Window,
  history: History,
  shown: Shown,
  band: Band | null,
  estimated: boolean,
  remarks: readonly string[] = [],
): Verdict => {
  const rule = estimated ? "estimated_metric" : "realised_metric";
  const key = { rule, subject: shown.metric, segment: null };
  const before = history[subjectKey(key)] ?? NO_HISTORY;
  const candidate = band !== null && isWorse(shown.metric, shown.found.value, band);
  const stand = persist(before, { candidate, quiet: !candidate }, window);
  const level = stand.firing ? (estimated ? "warning" : "critical") : candidate ? "info" : "ok";
  return {
    monitor,
    cause: "performance",
    ...key,
    level: band === null ? "not_enough_data" : level,
    firing: stand.firing,
    windowEnd: window.end,
    since: stand.since,
    reasons: [
      sentence(shown, band, estimated),
      ...(candidate && !stand.firing ? ["first window that shows it; the next one decides"] : []),
      ...(estimated
        ? ["the estimate assumes that the inputs moved and what they mean did not"]
        : []),
      ...remarks,
    ],
    evidence: {
      value: shown.found.value,
      low: shown.found.low,
      high: shown.found.high,
      method: shown.found.method,
      rows: shown.rows,
      band,
      candidate,
      quiet: !candidate,
      harm: candidate,
    },
    inhibitedBy: null,
    restated: false,
    digestOnly: false,
  };
};

/**
 * Concept drift: what came lies outside what was expected in 2 of 3 mature windows, beyond both intervals. The inputs do not explain it.
 */
export const judgeConcept = (
  monitor: string,
  window: Window,
  history: History,
  realised: Shown,
  estimated: Shown,
): Verdict => {
  const key = { rule: "concept_drift", subject: realised.metric, segment: null };
  const before = history[subjectKey(key)] ?? NO_HISTORY;
  const [a, b] = [realised.found, estimated.found];
  const half = Math.sqrt(((a.high - a.low) / 2) ** 2 + ((b.high - b.low) / 2) ** 2);
  const worse = isLoss(realised.metric) ? a.value - b.value : b.value - a.value;
  const candidate = worse > half * (SIGMAS / Z95);
  const stand = persist(before, { candidate, quiet: !candidate }, window);
  return {
    monitor,
    cause: "performance",
    ...key,
    level: stand.firing ? "critical" : candidate ? "info" : "ok",
    firing: stand.firing,
    windowEnd: window.end,
    since: stand.since,
    reasons: [
      candidate
        ? `${realised.metric} is ${digits(a.value)} where the inputs let expect ${digits(b.value)}: what they mean has changed`
        : `${realised.metric} is ${digits(a.value)}, as the inputs let expect (${digits(b.value)})`,
    ],
    evidence: { realised: a.value, estimated: b.value, gap: worse, candidate, quiet: !candidate },
    inhibitedBy: null,
    restated: false,
    digestOnly: false,
  };
};
