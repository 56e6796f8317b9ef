import type { RunState, StepState } from "./state.ts";

export type PhaseNo = 1 | 2 | 3 | 4;
export const PHASES: readonly PhaseNo[] = [1, 2, 3, 4];

/** The steps of a phase in playbook order. */
export const stepsOf = (state: RunState, phase: number): readonly StepState[] =>
  state.order.flatMap((key) => {
    const step = state.steps[key];
    return step?.step.phase === phase ? [step] : [];
  });

/** The phase that is worked on: the first that is not done; null when all are. Phases without steps do not count. */
export const currentPhase = (state: RunState): PhaseNo | null =>
  PHASES.find(
    (phase) => state.phases[phase].status !== "done" && stepsOf(state, phase).length > 0,
  ) ?? null;
