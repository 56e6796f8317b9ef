import { BugError } from "../lib/errors.ts";
import type { Draft } from "./draft.ts";
import { finishWhole } from "./handoff.ts";
import { holdsOf, isSettled, openBudgets } from "./holds.ts";
import { currentPhase, PHASES, type PhaseNo, stepsOf } from "./phases.ts";
import { commentsFor } from "./routing.ts";
import { changedNeed, inputHash, needsMet, restorable } from "./staleness.ts";
import type { RunState, StepState } from "./state.ts";

const baseOf = (draft: Draft, step: StepState): string =>
  draft.context.inputHashes[step.step.key] ?? step.baseHash ?? "";

/** Readies a step for its next generation; `revise` when there are comments to answer or changes were asked for without any. */
export const readyStep = (
  draft: Draft,
  key: string,
  how: { readonly useDraft?: boolean; readonly revise?: boolean } = {},
): void => {
  const state = draft.state();
  const step = state.steps[key];
  if (!step) return;
  const base = baseOf(draft, step);
  draft.emit({
    type: "StepReadied",
    step: key,
    gen: step.gen + 1,
    kind: how.revise || commentsFor(state, key).length > 0 ? "revise" : "fresh",
    inputHash: inputHash(state, step, base),
    base,
    ...(how.useDraft ? { useDraft: true } : {}),
  });
};

/** Cancels the attempt that works on the step, if any. What goes on afterwards is a retry that counts as no crash. */
export const cancelLive = (draft: Draft, key: string): void => {
  const live = draft.state().steps[key]?.liveAttemptId ?? null;
  if (live !== null) draft.emit({ type: "AttemptCancelled", attemptId: live });
};

/** Voids the handoffs that wait in `phase` and in every later one: what they rest on is worked on again. */
export const voidFrom = (draft: Draft, phase: PhaseNo, why: string): void => {
  for (const approval of Object.values(draft.state().approvals)) {
    const waits = approval.kind === "handoff" && !isSettled(approval);
    if (waits && (approval.phase ?? 0) >= phase) {
      draft.emit({ type: "ApprovalVoided", approvalId: approval.approvalId, why });
    }
  }
};

/** Why a step is stale: what it read before (`was`) and what stands there now; empty where nothing stands there yet. */
export interface Staled {
  readonly because: "need" | "spec" | "comments" | "rerun";
  readonly need?: string;
  readonly was: string;
  readonly now: string;
}

/**
 * Makes a step stale: its attempt and those that read its files are cancelled, the handoffs that rest on it are voided, and a
 * phase that was done is so no longer.
 */
export const staleStep = (draft: Draft, key: string, staled: Staled): void => {
  const step = draft.state().steps[key];
  if (!step) return;
  cancelLive(draft, key);
  for (const reader of Object.values(draft.state().steps)) {
    if (reader.step.needs.includes(key)) cancelLive(draft, reader.step.key);
  }
  draft.emit({ type: "StepStaled", step: key, ...staled });
  const { phase } = step.step;
  voidFrom(draft, phase, `${key} is done again`);
  if (draft.state().phases[phase].status === "done")
    draft.emit({ type: "PhaseStaled", phase, because: staled.because });
};

// A ready step has not read anything yet; a stale one is known to be so already.
const hasRead = (step: StepState): boolean =>
  step.attempts > 0 &&
  (["submitted", "accepted", "working", "checking"].includes(step.status) ||
    (step.status === "blocked" && step.blockedOn?.on === "person"));

const staleChanged = (draft: Draft): void => {
  for (const key of draft.state().order) {
    const state = draft.state();
    const step = state.steps[key];
    const need = step && hasRead(step) ? changedNeed(state, step) : undefined;
    if (!step || need === undefined) continue;
    staleStep(draft, key, {
      because: "need",
      need,
      was: step.consumed[need] ?? "",
      now: state.steps[need]?.manifestHash ?? "",
    });
  }
};

/** A step that waits for another's mend goes on once that one is submitted again, or was never to be found. */
const faultMended = (state: RunState, step: StepState): boolean => {
  if (step.blockedOn?.code !== "UPSTREAM_FAULT") return true;
  const owner = state.steps[step.blockedOn.ref];
  return owner === undefined || owner.status === "submitted" || owner.status === "accepted";
};

/** Early cut-off: what it read is again what it had read, so its work stands. True when the step was set back. */
const restore = (draft: Draft, step: StepState): boolean => {
  const back = restorable(draft.state(), step, baseOf(draft, step));
  const { acceptedApprovalId: approvalId, manifestHash } = step;
  if (back === null || manifestHash === null) return false;
  if (back === "accepted" && approvalId !== null) {
    draft.emit({
      type: "StepAccepted",
      step: step.step.key,
      manifestHash,
      approvalId,
      reaffirmed: true,
    });
  } else draft.emit({ type: "StepSubmitted", step: step.step.key, manifestHash });
  return true;
};

const readyOne = (draft: Draft, step: StepState): void => {
  const state = draft.state();
  const waits =
    step.status === "stale" || (step.status === "blocked" && step.blockedOn?.on === "upstream");
  if (waits && faultMended(state, step)) {
    if (!restore(draft, step)) readyStep(draft, step.step.key);
    return;
  }
  // Nobody has claimed it and what it is to read has changed meanwhile: a generation has one input.
  const outdated =
    step.status === "ready" && step.inputHash !== inputHash(state, step, step.baseHash ?? "");
  if (outdated)
    readyStep(draft, step.step.key, { useDraft: step.useDraft, revise: step.kind === "revise" });
};

const readyDue = (draft: Draft, phase: PhaseNo): void => {
  for (const { step } of stepsOf(draft.state(), phase)) {
    const now = draft.state().steps[step.key];
    if (now && needsMet(draft.state(), now)) readyOne(draft, now);
  }
};

/** Pauses a run that only a person can move, and lets it go on by itself when the cause is gone. */
const settleBlocked = (draft: Draft): void => {
  const state = draft.state();
  const [ref] = holdsOf(state);
  const paused = state.pauses.includes("blocked");
  if (ref !== undefined && !paused) draft.emit({ type: "RunPaused", reason: "blocked", ref });
  if (ref === undefined && paused) draft.emit({ type: "RunResumed", reason: "blocked" });
};

const complete = (draft: Draft): void => {
  for (const { approvalId } of openBudgets(draft.state()))
    draft.emit({ type: "ApprovalVoided", approvalId, why: "the run is complete" });
  draft.emit({ type: "RunCompleted" });
};

const activate = (draft: Draft, phase: PhaseNo): void => {
  const { status } = draft.state().phases[phase];
  if (status === "pending" || status === "stale") draft.emit({ type: "PhaseActivated", phase });
};

// Every step can change a few times and every phase end once in one decision; more would be a cycle.
const maxRounds = (state: RunState): number => 4 * (state.order.length + PHASES.length);

/**
 * What follows from a state by itself: staleness, readied steps, a whole phase, the next phase, the end, a pause. Repeats until
 * nothing follows any more. BugError SETTLE_DIVERGES when that does not happen.
 */
export const settle = (draft: Draft): void => {
  for (let round = maxRounds(draft.state()); round > 0; round--) {
    const before = draft.events().length;
    const { status } = draft.state();
    if (status !== "running" && status !== "paused") return;
    staleChanged(draft);
    const phase = currentPhase(draft.state());
    if (phase === null) {
      complete(draft);
      return;
    }
    activate(draft, phase);
    if (draft.state().phases[phase].status === "active") {
      readyDue(draft, phase);
      finishWhole(draft, phase);
    }
    if (draft.events().length === before) {
      settleBlocked(draft);
      return;
    }
  }
  throw new BugError("SETTLE_DIVERGES", "a decision does not come to rest");
};
