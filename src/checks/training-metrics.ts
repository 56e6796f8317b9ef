import { z } from "zod";

/**
 * `artifacts/metrics.json`, which a training run writes: the metric on the hold-out with its interval beside the baseline.
 * Other keys may stand beside these.
 */
export const TrainingMetrics = z
  .looseObject({
    metric: z.string().min(1),
    greater_is_better: z.boolean(),
    value: z.number(),
    low: z.number(),
    high: z.number(),
    level: z.number().min(0.5).max(0.999),
    baseline: z.looseObject({ rule: z.string().min(1), value: z.number() }),
    /** Paired on the same hold-out rows, where the training code measures it: narrower than two intervals side by side. */
    difference: z
      .looseObject({ low: z.number().nullable(), high: z.number().nullable() })
      .optional(),
    n_holdout: z.int().min(1),
    rows: z.int().min(1),
    model: z.string().min(1),
    seconds: z.number().min(0),
    beats_baseline: z.boolean(),
  })
  .refine(({ high, low, value }) => low <= value && value <= high, {
    error: "the value lies outside its interval",
  })
  .refine((metrics) => !metrics.beats_baseline || mayBeat(metrics), {
    error: "beats_baseline does not follow from the interval and the baseline",
  });
export type TrainingMetrics = z.infer<typeof TrainingMetrics>;

// A model beats its baseline when the worse end of the interval does, not the point alone. A margin may ask for more, never less.
const mayBeat = (metrics: {
  readonly greater_is_better: boolean;
  readonly low: number;
  readonly high: number;
  readonly baseline: { readonly value: number };
  readonly difference?: { readonly low: number | null; readonly high: number | null } | undefined;
}): boolean => {
  const { baseline, difference, high, low } = metrics;
  if (metrics.greater_is_better)
    return (difference ? (difference.low ?? 0) : low - baseline.value) > 0;
  return (difference ? (difference.high ?? 0) : high - baseline.value) < 0;
};
