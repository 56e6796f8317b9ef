import type { Draft } from "./draft.ts";
import { heldByCode } from "./holds.ts";
import { belowLevel, lowestOf, phaseLevels } from "./levels.ts";
import { type PhaseNo, stepsOf } from "./phases.ts";
import type { ResolvedPolicy } from "./policy.ts";
import { phaseManifest } from "./staleness.ts";
import type { RunState } from "./state.ts";
import { ownerPolicy, quorumReachable, riskOf } from "./voting.ts";

/** Code of the hold when a policy asks for more votes than people may give. */
export const UNREACHABLE = "UNREACHABLE_QUORUM";

/** The policy of an approval: of its phase or kind ("release.promote": else that of "release"), else nobody but the owner. */
export const policyOf = (draft: Draft, name: string): ResolvedPolicy =>
  draft.context.policies[name] ??
  draft.context.policies[name.split(".")[0] ?? name] ??
  ownerPolicy(draft.context);

/** Asks people about the files of a phase: the next revision of its handoff, under the policy in force now. */
export const openHandoff = (draft: Draft, phase: PhaseNo, manifestHash: string): void => {
  const state = draft.state();
  const policy = policyOf(draft, `phase.${phase}`);
  draft.emit({
    type: "ApprovalOpened",
    approvalId: draft.nextId(),
    revision: state.phases[phase].revisions + 1,
    kind: "handoff",
    phase,
    manifestHash,
    risk: riskOf(policy, "handoff", phase),
    lowest: lowestOf(phaseLevels(state, phase)),
    belowLevel: belowLevel(policy, state, phase),
    policy,
    level: 0,
    deadlineMs: draft.command.nowMs + policy.deadlineMs,
  });
};

/** Ends a phase under an approval: submitted steps are accepted, the phase is done. */
export const completePhase = (
  draft: Draft,
  phase: PhaseNo,
  under: {
    readonly approvalId: string;
    readonly manifestHash: string;
    readonly carried?: boolean;
  },
): void => {
  const { approvalId, carried = false, manifestHash } = under;
  for (const step of stepsOf(draft.state(), phase)) {
    if (step.status === "submitted" && step.manifestHash !== null) {
      draft.emit({
        type: "StepAccepted",
        step: step.step.key,
        manifestHash: step.manifestHash,
        approvalId,
        reaffirmed: false,
      });
    }
  }
  draft.emit({ type: "PhaseDone", phase, manifestHash, approvalId, carried });
};

// A rerun that gave the bytes that were approved before needs no new vote: the approval signed hashes and stands.
const standingApproval = (state: RunState, phase: PhaseNo, manifest: string): string | null => {
  const found = Object.values(state.approvals).findLast(
    (approval) =>
      approval.kind === "handoff" &&
      approval.phase === phase &&
      approval.status === "approved" &&
      approval.manifestHash === manifest,
  );
  return found?.approvalId ?? null;
};

const ask = (draft: Draft, phase: PhaseNo, manifest: string): void => {
  const policy = policyOf(draft, `phase.${phase}`);
  const held = heldByCode(draft.state());
  if (!quorumReachable(policy, draft.state().involved, draft.context)) {
    if (held === null) draft.emit({ type: "RunPaused", reason: "blocked", ref: UNREACHABLE });
    return;
  }
  if (held === UNREACHABLE) draft.emit({ type: "RunResumed", reason: "blocked" });
  openHandoff(draft, phase, manifest);
};

/**
 * Hands an active phase on once all its steps are submitted (or accepted again unchanged): under the approval that stands for
 * these very files, under the release of a retraining run whose phase 1 is unchanged, else by asking people. A quorum that nobody
 * can reach holds the run instead of opening what cannot be decided.
 */
export const finishWhole = (draft: Draft, phase: PhaseNo): void => {
  const state = draft.state();
  const whole = stepsOf(state, phase).every(
    (step) => step.status === "submitted" || step.status === "accepted",
  );
  if (!whole) return;
  const manifestHash = phaseManifest(state, draft.context, phase);
  const standing = standingApproval(state, phase, manifestHash);
  const { carried } = draft.context;
  if (standing !== null) completePhase(draft, phase, { approvalId: standing, manifestHash });
  else if (phase === 1 && state.retrain !== null && carried !== null)
    completePhase(draft, phase, { approvalId: carried, manifestHash, carried: true });
  else ask(draft, phase, manifestHash);
};
