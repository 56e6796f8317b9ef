import type { AlertTarget } from "../../alerts/incident/tellings.ts";
import type { AlertPolicy, IncidentLabels } from "../../alerts/incident/types.ts";
import type { Measure } from "../../monitors/measure.ts";
import type { Verdict } from "../../monitors/verdict.ts";
import type { Json } from "../../store/rows.ts";
import type { MonitorRow } from "../../store/watch-rows.ts";
import type { RuntimeDeps } from "../deps.ts";

/** What one check of a Monitor came to. `verdicts` is what stands now; `state` is handed to the next check. */
export interface CheckResult {
  readonly measures: readonly Measure[];
  readonly verdicts: readonly Verdict[];
  readonly state: Json;
}

/**
 * Measures and judges what a Monitor looks at, as of `nowMs`. Throws UserInputError where its source or reference cannot be read
 * (that is an Incident of its own), RetryableError where a later try may succeed.
 */
export type RunCheck = (monitor: MonitorRow, nowMs: number) => Promise<CheckResult>;

/** What the watch is made from. */
export interface WatchDeps extends Pick<RuntimeDeps, "store" | "clock" | "newId" | "log" | "kill"> {
  readonly policy: AlertPolicy;
  /** Whether the home has a bot. */
  readonly slackOn: () => Promise<boolean>;
  /** Channels besides Slack that take the alerts of these labels. */
  readonly targetsOf: (labels: IncidentLabels) => readonly AlertTarget[];
  readonly runCheck: RunCheck;
}
