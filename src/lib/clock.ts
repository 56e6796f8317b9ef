/** Time as a dependency: `nowMs` is wall time in epoch milliseconds, `monotonicMs` never goes back. */
export interface Clock {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => Math.round(performance.now()),
};
