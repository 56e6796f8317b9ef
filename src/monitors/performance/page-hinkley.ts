import { bisect } from "../stats/gamma.ts";

/** Half of the smallest step that should be noticed, in standard deviations. */
const SLACK = 0.5;
/** Windows of the reference that μ₀ and σ₀ are taken from, at least. */
export const LEAST_WINDOWS = 28;

/** Average run length of the one-sided test with limit `h`: windows until a false alarm. Source: Siegmund's approximation, monitoring.md 4. */
export const averageRunLength = (h: number, k = SLACK): number => {
  const b = h + 1.166;
  return (Math.exp(2 * k * b) - 2 * k * b - 1) / (2 * k * k);
};

/** The limit that gives an average run length; people choose "one false alarm in so many windows", divided among the series. */
export const limitFor = (runLength: number, series = 1): number =>
  bisect((h) => averageRunLength(h) - runLength * Math.max(1, series), 0, 40);

/** State of one series; plain JSON. */
export interface PageHinkley {
  readonly mean: number;
  readonly sigma: number;
  readonly sum: number;
}

/** Starts from the reference's windows; null when there are fewer than 28. */
export const startPageHinkley = (reference: readonly number[]): PageHinkley | null => {
  if (reference.length < LEAST_WINDOWS) return null;
  const mean = reference.reduce((sum, v) => sum + v, 0) / reference.length;
  const square = reference.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (reference.length - 1);
  return { mean, sigma: Math.max(Math.sqrt(square), 1e-12), sum: 0 };
};

/** One more window; `worse` is +1 where more is worse, −1 where less is. `sum` above the limit is an alarm. */
export const stepPageHinkley = (state: PageHinkley, value: number, worse: 1 | -1): PageHinkley => ({
  ...state,
  sum: Math.max(0, state.sum + (worse * (value - state.mean)) / state.sigma - SLACK),
});
