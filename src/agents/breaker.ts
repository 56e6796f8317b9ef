const OPEN_AFTER = 5;
const OPEN_MS = 30_000;

/**
 * Keeps all runs from calling a model that does not answer: after five transient faults in a row on one model nobody calls it for half
 * a minute, then one call tries. `openUntil` gives null, or when the next try may be made (epoch milliseconds).
 */
export interface Breaker {
  readonly openUntil: (model: string) => number | null;
  readonly failed: (model: string) => void;
  readonly answered: (model: string) => void;
}

/** One per process; it holds nothing that a crash could lose. */
export const createBreaker = (nowMs: () => number): Breaker => {
  const state = new Map<string, { readonly faults: number; readonly until: number }>();
  return {
    openUntil: (model) => {
      const until = state.get(model)?.until ?? 0;
      return until > nowMs() ? until : null;
    },
    failed: (model) => {
      const faults = (state.get(model)?.faults ?? 0) + 1;
      state.set(model, { faults, until: faults >= OPEN_AFTER ? nowMs() + OPEN_MS : 0 });
    },
    answered: (model) => {
      state.delete(model);
    },
  };
};
