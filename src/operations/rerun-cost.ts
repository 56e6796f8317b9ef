import type { RunState } from "../engine/state.ts";
import { MICRO_PER_USD } from "../lib/money.ts";

/** What would be done again from a phase on, and what it cost when it was done before, in USD. */
export interface RerunCost {
  readonly steps: readonly string[];
  readonly usd: number;
}

/** Every step of the phase and of those after it; later ones are spared where the bytes come out equal. */
export const rerunCost = (state: RunState, fromPhase: number): RerunCost => {
  const steps = state.order.filter((key) => (state.steps[key]?.step.phase ?? 0) >= fromPhase);
  const spent = Object.entries(state.settled)
    .filter(([call]) => steps.includes(state.attempts[call.split("/")[0] ?? ""]?.step ?? ""))
    .reduce((sum, [, one]) => sum + one.microUsd, 0);
  return { steps, usd: spent / MICRO_PER_USD };
};
