import type { Facts } from "../../../spec/facts.ts";
import type { PipelineSpec } from "../../../spec/spec.ts";
import { DRIFT_POLICY } from "./watched.ts";

const MAX_WINDOW_HOURS = 8;
const SCHEDULE_HOURS = 1;
/** A feature opens after two candidate windows (monitoring.md 3.1). */
const WINDOWS_TO_OPEN = 2;
const HOURS_PER_DAY = 24;
const SECONDS_PER_HOUR = 3600;

/** How long it takes until a change is told, and which parts that time consists of. */
export interface Timing {
  readonly rowsPerHour: number;
  /** Hours until a window holds the rows that a verdict needs; the window's length. */
  readonly windowHours: number;
  readonly driftHours: number;
  readonly keepsDriftPromise: boolean;
  readonly scheduleHours: number;
  readonly staleSeconds: number;
  readonly maxWindowHours: number;
  readonly paging: PagingTime;
}

/** Seconds of each stage between a fault and the page; their sum stays within `slo.alert_s`. */
export interface PagingTime {
  readonly scrape: number;
  readonly evaluation: number;
  readonly hold: number;
  readonly groupWait: number;
  readonly total: number;
}

/** Splits the allowed seconds over scrape, evaluation, `for` and grouping; never above a minute. Source: systems.md 3. */
export const pagingTime = (alertSeconds: number): PagingTime => {
  const allowed = Math.min(60, alertSeconds);
  const stage = Math.max(1, Math.floor(allowed / 6));
  const hold = Math.max(0, Math.min(20, allowed - 3 * stage - 1));
  return {
    scrape: stage,
    evaluation: stage,
    hold,
    groupWait: stage,
    total: 3 * stage + hold,
  };
};

/** Windows and delays from the measured or stated load. */
export const timingOf = (facts: Facts, spec: PipelineSpec): Timing => {
  const online = spec.options.deployment_mode !== "batch";
  const perHour =
    online && facts.load.from !== "arrival"
      ? facts.load.rpsMean * SECONDS_PER_HOUR
      : facts.load.batchRowsPerDay / HOURS_PER_DAY;
  const rowsPerHour = Math.max(perHour * spec.prediction_log.sample, 1e-6);
  const needed = Math.ceil(DRIFT_POLICY.minRows / rowsPerHour);
  const windowHours = Math.max(needed, Math.min(MAX_WINDOW_HOURS, spec.slo.drift_h));
  const driftHours = WINDOWS_TO_OPEN * windowHours + SCHEDULE_HOURS;
  return {
    rowsPerHour,
    windowHours,
    driftHours,
    keepsDriftPromise: driftHours <= spec.slo.drift_h,
    scheduleHours: SCHEDULE_HOURS,
    staleSeconds: 2.5 * SCHEDULE_HOURS * SECONDS_PER_HOUR,
    maxWindowHours: MAX_WINDOW_HOURS,
    paging: pagingTime(spec.slo.alert_s),
  };
};
