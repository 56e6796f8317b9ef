import type { Actor } from "./command.ts";
import type { ApprovalState, AttemptState, PhaseState, RunState, StepState } from "./state.ts";

/** When, in which place and by whom an event was written, and in which version of its type. `at` is epoch milliseconds. */
export interface EventMeta {
  readonly at: number;
  readonly seq: number;
  readonly actor: Actor;
  /** Version of the event's body; left out, it is the current one. */
  readonly v?: number;
}

/** Copies of the state with one part changed; a part that is not there is left alone. */
export const withStep = (state: RunState, key: string, patch: Partial<StepState>): RunState => {
  const step = state.steps[key];
  return step ? { ...state, steps: { ...state.steps, [key]: { ...step, ...patch } } } : state;
};

export const withPhase = (
  state: RunState,
  phase: 1 | 2 | 3 | 4,
  patch: Partial<PhaseState>,
): RunState => ({
  ...state,
  phases: { ...state.phases, [phase]: { ...state.phases[phase], ...patch } },
});

export const withAttempt = (
  state: RunState,
  id: string,
  patch: Partial<AttemptState>,
): RunState => {
  const attempt = state.attempts[id];
  return attempt
    ? { ...state, attempts: { ...state.attempts, [id]: { ...attempt, ...patch } } }
    : state;
};

export const withApproval = (
  state: RunState,
  id: string,
  patch: Partial<ApprovalState>,
): RunState => {
  const approval = state.approvals[id];
  return approval
    ? { ...state, approvals: { ...state.approvals, [id]: { ...approval, ...patch } } }
    : state;
};
