import { z } from "zod";

const Metrics = z.looseObject({
  metric: z.string(),
  greater_is_better: z.boolean(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  baseline: z.looseObject({ rule: z.string(), value: z.number(), trivial: z.number().optional() }),
  beats_baseline: z.boolean(),
  n_holdout: z.number(),
  model: z.string(),
});

const Evidence = z.object({
  metrics: Metrics.optional(),
  notTrained: z.string().optional(),
});

/** What training inside the run came to: the executed metric with its 95 % interval beside the baseline, or why not. */
export type TrainingResult =
  | { readonly trained: true; readonly metrics: z.infer<typeof Metrics> }
  | { readonly trained: false; readonly why: string };

/** Reads the evidence that the check `train-and-test` left; anything but a complete result counts as not trained. */
export const trainingResult = (evidence: Readonly<Record<string, unknown>>): TrainingResult => {
  const parsed = Evidence.safeParse(evidence["train-and-test"] ?? {});
  if (!parsed.success)
    return { trained: false, why: "the metrics of the training run are incomplete" };
  if (parsed.data.metrics) return { trained: true, metrics: parsed.data.metrics };
  return { trained: false, why: parsed.data.notTrained ?? "the training check has not run" };
};

/** The first line of phase 2's handoff. */
export const trainingHeadline = (result: TrainingResult): string => {
  if (!result.trained) return `NOT TRAINED: ${result.why}`;
  const { baseline, high, low, metric, model, n_holdout, value } = result.metrics;
  const figure = (number: number) => number.toFixed(3);
  const verdict = result.metrics.beats_baseline ? "beats" : "does NOT beat";
  const stronger = `${verdict} the baseline ${figure(baseline.value)} (${baseline.rule})`;
  // Where the stronger baseline stands, the trivial one is told as well: both are what people compare with.
  const { trivial } = baseline;
  const better =
    trivial !== undefined && (result.metrics.greater_is_better ? low > trivial : high < trivial);
  const weaker =
    better && !result.metrics.beats_baseline ? `, beats the trivial rule ${figure(trivial)}` : "";
  return `${metric} ${figure(value)} (95 % interval ${figure(low)} to ${figure(high)}, ${model}, ${n_holdout} hold-out rows) ${stronger}${weaker}`;
};
