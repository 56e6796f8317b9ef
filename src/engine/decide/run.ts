import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { cancelLive, readyStep, settle, staleStep, voidFrom } from "../flow.ts";
import { UNREACHABLE } from "../handoff.ts";
import { heldByCode, heldHandoff, isSettled, openBudgets, stuckSteps } from "../holds.ts";
import { currentPhase, stepsOf } from "../phases.ts";
import { quorumReachable } from "../voting.ts";
import { forkRefusal, inheritPhases } from "./fork.ts";
import { badNeed } from "./playbook.ts";

const LIVE = ["PauseRun", "CancelRun", "RerunRun"];
const MORE_PEOPLE = ["add people", "lower the quorum", "allow self_approval"];

const unreachable = (draft: Draft, body: BodyOf<"StartRun">): string | undefined => {
  const { actor } = draft.command;
  const involved = actor.person === null ? [] : [actor.person];
  const names = [...new Set(body.playbook.map((step) => `phase.${step.phase}`)), "budget"];
  return names.find((name) => {
    const policy = draft.context.policies[name];
    return policy !== undefined && !quorumReachable(policy, involved, draft.context);
  });
};

/** Starts the run, unless its playbook cannot be worked or a policy asks for more votes than people could ever give. */
export const startRun = (draft: Draft, body: BodyOf<"StartRun">): Rejection | null => {
  if (draft.state().status !== "none")
    return reject("RUN_OVER", "this run was started already", ["pipeline_status"]);
  const bad = badNeed(body.playbook);
  if (bad !== null) return reject("UNKNOWN", bad, ["mend the playbook"]);
  const name = unreachable(draft, body);
  if (name !== undefined)
    return reject(
      UNREACHABLE,
      `the policy of ${name} asks for more votes than people may give`,
      MORE_PEOPLE,
    );
  const no = forkRefusal(draft, body);
  if (no) return no;
  const { type: _type, fork, inherit: _inherit, retrain, ...what } = body;
  draft.emit({
    type: "RunStarted",
    ...what,
    startedBy: draft.command.actor.person,
    ...(fork === undefined ? {} : { fork }),
    ...(retrain === undefined ? {} : { retrain }),
  });
  inheritPhases(draft, body);
  settle(draft);
  return null;
};

/** A person's pause: no more claims, attempts in flight stop at their next turn. */
export const pauseRun = (draft: Draft): Rejection | null => {
  if (draft.state().pauses.includes("manual"))
    return reject("NOT_READY", "the run is paused already", ["ResumeRun"]);
  draft.emit({ type: "RunPaused", reason: "manual", ref: draft.command.actor.ref });
  return null;
};

const stillOpen = (draft: Draft): readonly string[] => {
  const state = draft.state();
  const handoff = heldHandoff(state);
  return [
    ...stuckSteps(state).map(
      (step) => `UnblockStep ${step.step.key} (${step.blockedOn?.code ?? ""})`,
    ),
    ...openBudgets(state).map((one) => `decide budget approval ${one.approvalId}`),
    ...(handoff === null
      ? []
      : [`RerunRun, CancelRun or ExtendApproval (${handoff.approvalId} is ${handoff.status})`]),
  ];
};

/** Takes away the manual reason to pause first; what else holds the run is named while it still needs a person. */
export const resumeRun = (draft: Draft): Rejection | null => {
  const { pauses } = draft.state();
  if (pauses.length === 0) return reject("NOT_READY", "the run is not paused", LIVE);
  if (pauses.includes("manual")) draft.emit({ type: "RunResumed", reason: "manual" });
  else {
    const open = stillOpen(draft);
    if (open.length > 0) return reject("STILL_BLOCKED", "something still needs a person", open);
    for (const reason of pauses) draft.emit({ type: "RunResumed", reason });
  }
  settle(draft);
  return heldByCode(draft.state()) === UNREACHABLE && !pauses.includes("manual")
    ? reject(UNREACHABLE, "a policy still asks for more votes than people may give", MORE_PEOPLE)
    : null;
};

/** Ends the run for good: attempts stop, approvals are voided, nothing starts after. */
export const cancelRun = (draft: Draft, body: BodyOf<"CancelRun">): Rejection | null => {
  for (const key of draft.state().order) cancelLive(draft, key);
  for (const approval of Object.values(draft.state().approvals)) {
    if (isSettled(approval)) continue;
    const { approvalId } = approval;
    draft.emit({ type: "ApprovalVoided", approvalId, why: "the run was cancelled" });
  }
  draft.emit({ type: "RunCancelled", reason: body.reason });
  return null;
};

/**
 * Does every step of a phase again. Later phases follow only where bytes come out different: equal ones keep their approvals
 * (early cut-off), but a handoff that waits is asked about anew.
 */
export const rerunRun = (draft: Draft, body: BodyOf<"RerunRun">): Rejection | null => {
  const phase = body.fromPhase;
  const reached = currentPhase(draft.state());
  if (reached === null || phase > reached || stepsOf(draft.state(), phase).length === 0) {
    return reject("NOT_READY", `phase ${phase} has not begun`, [
      `RerunRun from phase ${reached ?? 1} or earlier`,
    ]);
  }
  voidFrom(draft, phase, `phase ${phase} is run again`);
  for (const { manifestHash, gen, step } of stepsOf(draft.state(), phase)) {
    if (gen > 0) staleStep(draft, step.key, { because: "rerun", was: manifestHash ?? "", now: "" });
  }
  if (draft.state().phases[phase].status !== "stale")
    draft.emit({ type: "PhaseStaled", phase, because: "rerun" });
  if (draft.state().pauses.includes("blocked"))
    draft.emit({ type: "RunResumed", reason: "blocked" });
  settle(draft);
  return null;
};

/** A new spec: exactly the steps whose own input differs under it are stale, and what follows from their new files. */
export const changeSpec = (draft: Draft, body: BodyOf<"ChangeSpec">): Rejection | null => {
  if (draft.command.actor.person === null || draft.command.actor.model)
    return reject("PEOPLE_ONLY", "only a person changes the spec", ["comment_add"]);
  const { commentIds, patchHash, specHash } = body;
  const missing = commentIds.find((id) => !(id in draft.state().comments));
  if (missing !== undefined) return reject("UNKNOWN", `no comment ${missing} in this run`);
  draft.emit({ type: "SpecChanged", specHash, patchHash, commentIds });
  for (const key of draft.state().order) {
    const step = draft.state().steps[key];
    const base = draft.context.inputHashes[key];
    if (!step || step.gen === 0 || base === undefined || base === step.baseHash) continue;
    if (step.status === "ready")
      readyStep(draft, key, { useDraft: step.useDraft, revise: step.kind === "revise" });
    else if (step.status !== "stale")
      staleStep(draft, key, { because: "spec", was: step.baseHash ?? "", now: base });
  }
  settle(draft);
  return null;
};

/** Notes a review comment. It stays open until a vote takes it up and changes nothing alone. */
export const addComment = (draft: Draft, body: BodyOf<"AddComment">): Rejection | null => {
  if (body.comment.id in draft.state().comments)
    return reject("CLOSED", `comment ${body.comment.id} is there already`);
  draft.emit({ type: "CommentAdded", comment: body.comment, by: draft.command.actor.person });
  return null;
};
