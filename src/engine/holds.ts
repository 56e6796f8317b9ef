import { currentPhase } from "./phases.ts";
import { needsMet } from "./staleness.ts";
import type { ApprovalState, RunState, StepState } from "./state.ts";

/** True for an approval that takes votes now. */
export const takesVotes = (approval: Pick<ApprovalState, "status">): boolean =>
  approval.status === "open" || approval.status === "escalated";

/** True for an approval that is decided or voided: nothing can happen to it any more. */
export const isSettled = (approval: Pick<ApprovalState, "status">): boolean =>
  !takesVotes(approval) && approval.status !== "expired";

/** Steps that only a person can set going again. */
export const stuckSteps = (state: RunState): readonly StepState[] =>
  Object.values(state.steps).filter(
    (step) => step.status === "blocked" && step.blockedOn?.on === "person",
  );

/** Budget approvals that still wait for a decision. */
export const openBudgets = (state: RunState): readonly ApprovalState[] =>
  Object.values(state.approvals).filter((one) => one.kind === "budget" && !isSettled(one));

const isMoving = (state: RunState, step: StepState): boolean =>
  step.liveAttemptId !== null ||
  step.status === "checking" ||
  ((step.status === "ready" || step.status === "working") &&
    step.step.phase === currentPhase(state) &&
    needsMet(state, step));

/** The handoff that waits in the current phase and cannot be decided: rejected, or expired without a level left. */
export const heldHandoff = (state: RunState): ApprovalState | null => {
  const phase = currentPhase(state);
  if (phase === null || state.phases[phase].status !== "awaiting_approval") return null;
  const approval = state.approvals[state.phases[phase].approvalId ?? ""];
  return approval?.status === "rejected" || approval?.status === "expired" ? approval : null;
};

/** A code (a refused key, a quorum that nobody can reach) that a person has to mend outside the run; null: none. */
export const heldByCode = (state: RunState): string | null => {
  const ref = state.blockedBy;
  return ref === null || ref in state.steps || ref in state.approvals ? null : ref;
};

/**
 * Why the run must wait for a person who is no approver: ids of approvals, step keys or codes; empty when nothing holds it. A
 * stuck step holds the run only once nothing else moves.
 */
export const holdsOf = (state: RunState): readonly string[] => {
  const moving = Object.values(state.steps).some((step) => isMoving(state, step));
  const handoff = heldHandoff(state);
  const code = heldByCode(state);
  return [
    ...(code === null ? [] : [code]),
    ...(handoff === null ? [] : [handoff.approvalId]),
    ...openBudgets(state)
      .filter((one) => one.status === "expired")
      .map((one) => one.approvalId),
    ...(moving ? [] : stuckSteps(state).map((step) => step.step.key)),
  ];
};
