import type { RunState } from "../engine/state.ts";
import type { RuntimeDeps } from "./deps.ts";
import { readHandoff, readHandoffDiff } from "./handoff.ts";
import { type TrainingResult, trainingHeadline } from "./training.ts";

/** What goes beside a handoff's message: the change as a unified diff, and a picture where there is a figure to draw. */
export interface HandoffFiles {
  readonly diff: string;
  readonly chart: { readonly png: Uint8Array; readonly alt: string } | null;
}

const CHART = { width: 640, height: 260 };

const chartOf = async (training: TrainingResult | null): Promise<HandoffFiles["chart"]> => {
  if (!training?.trained) return null;
  const { baseline, high, low, metric, model, value } = training.metrics;
  // Loaded when a chart is drawn: the library takes as long as all the rest together.
  const { metricIntervalChart } = await import("../alerts/charts/metric-interval.ts");
  const { renderPng } = await import("../alerts/charts/render-png.ts");
  const option = metricIntervalChart({
    metric,
    value,
    low,
    high,
    model,
    baselines: [
      { name: baseline.rule, value: baseline.value },
      ...(baseline.trivial === undefined
        ? []
        : [{ name: "trivial rule", value: baseline.trivial }]),
    ],
  });
  return { png: renderPng(option, CHART), alt: trainingHeadline(training) };
};

/** Makes the files of one handoff; null when the approval is not a handoff of this run. */
export const makeHandoffFiles = async (
  deps: RuntimeDeps,
  state: RunState,
  approvalId: string,
): Promise<HandoffFiles | null> => {
  const handoff = await readHandoff(deps, state, approvalId);
  if (handoff === null) return null;
  return {
    diff: await readHandoffDiff(deps, state, handoff.phase),
    chart: await chartOf(handoff.training),
  };
};
