import type { Monitor } from "./monitor.ts";
import type { MonitorResult } from "./result.ts";
import { runCost } from "./run-cost.ts";
import { runDrift } from "./run-drift.ts";
import { runPerformance } from "./run-performance.ts";
import { runQuality } from "./run-quality.ts";
import type { MonitorSources } from "./sources.ts";
import { type MonitorState, NO_STATE } from "./state.ts";

/**
 * One look of a Monitor: judges every window that has ended by `now` (epoch milliseconds) and was not judged yet.
 *
 * `history` is the `state` of the look before, null at the first. `verdicts` is what stands now, one per subject and rule; `measures` are
 * those of all windows judged in this look. Nothing is written but blobs, nothing is remembered here: the same arguments over the same
 * files give the same answer, so a look that was cut short is simply done again. Never throws for what it reads: a feed that is missing,
 * broken or silent is a Verdict of cause quality, and a Monitor that cannot judge says so with `not_enough_data`.
 */
export const runMonitor = async (
  monitor: Monitor,
  sources: MonitorSources,
  history: MonitorState | null,
  now: number,
): Promise<MonitorResult> => {
  const state = history ?? NO_STATE;
  if (monitor.kind === "drift") return runDrift(monitor, sources, state, now);
  if (monitor.kind === "quality") return runQuality(monitor, sources, state, now);
  if (monitor.kind === "performance") return runPerformance(monitor, sources, state, now);
  return runCost(monitor, sources, state, now);
};
