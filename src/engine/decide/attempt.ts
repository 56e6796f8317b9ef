import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { settle } from "../flow.ts";
import { currentPhase } from "../phases.ts";
import { needsMet } from "../staleness.ts";
import type { AttemptState, RunState, StepState } from "../state.ts";

/** Crash retries of one generation before a person is asked. */
const MAX_CRASHES = 3;
/** Repairs of red checks before a person is asked. */
const MAX_REPAIRS = 2;

/** The live attempt under this fence, or why a write under it counts no more. */
export const liveAttempt = (
  state: RunState,
  id: string,
  fence: number,
): AttemptState | Rejection => {
  const attempt = state.attempts[id];
  if (!attempt) return reject("UNKNOWN", `no attempt ${id} in this run`);
  const step = state.steps[attempt.step];
  if (attempt.status !== "claimed" || attempt.fence !== fence || step?.liveAttemptId !== id)
    return reject(
      "FENCED",
      `attempt ${id} is ${attempt.status} and fence ${fence} no longer counts`,
    );
  return attempt;
};

/** True for what `liveAttempt` found, false for its rejection. */
export const isAttempt = (found: AttemptState | Rejection): found is AttemptState =>
  "attemptId" in found;

const kindOf = (step: StepState): AttemptState["kind"] => {
  if (step.attempts === 0) return step.kind;
  return step.repairDue ? "repair" : "retry";
};

const claimable = (draft: Draft, step: StepState): Rejection | null => {
  const state = draft.state();
  if (state.status !== "running")
    return reject("NOT_READY", `the run is ${state.status}`, ["ResumeRun"]);
  if (step.liveAttemptId !== null)
    return reject("ALREADY_CLAIMED", `attempt ${step.liveAttemptId} works on ${step.step.key}`);
  if (step.status !== "ready" && step.status !== "working")
    return reject("NOT_READY", `${step.step.key} is ${step.status}`);
  if (step.step.phase !== currentPhase(state))
    return reject("NOT_READY", `phase ${step.step.phase} is not worked on now`);
  if (!needsMet(state, step)) return reject("NOT_READY", `${step.step.key} waits for its needs`);
  return draft.command.nowMs < step.retryAtMs
    ? reject("NOT_READY", `${step.step.key} is retried later`)
    : null;
};

/** Gives the step to a worker under a new fence. A repair or retry continues the attempt before it. */
export const claimAttempt = (draft: Draft, body: BodyOf<"ClaimAttempt">): Rejection | null => {
  const state = draft.state();
  const step = state.steps[body.stepKey];
  if (!step) return reject("UNKNOWN", `no step ${body.stepKey} in this run`, state.order);
  if (body.attemptId in state.attempts)
    return reject("ALREADY_CLAIMED", `attempt ${body.attemptId} is there already`);
  const no = claimable(draft, step);
  if (no) return no;
  const kind = kindOf(step);
  const continues = kind === "repair" || kind === "retry" ? step.lastAttemptId : null;
  draft.emit({
    type: "AttemptClaimed",
    attemptId: body.attemptId,
    step: body.stepKey,
    gen: step.gen,
    no: step.attempts + 1,
    kind,
    fence: step.fence + 1,
    worker: body.worker,
    leaseUntilMs: body.leaseUntilMs,
    ...(continues === null ? {} : { continues }),
  });
  return null;
};

const badResolutions = (step: StepState, body: BodyOf<"SubmitAttempt">): string | null => {
  for (const comment of step.openComments) {
    const answers = body.resolutions.filter((one) => one.commentId === comment.id);
    if (answers.length !== 1)
      return `comment ${comment.id} has ${answers.length} resolutions, exactly one is needed`;
    if (comment.severity === "must" && answers[0]?.status === "declined")
      return `comment ${comment.id} must be done`;
  }
  const known = new Set(step.openComments.map((comment) => comment.id));
  const foreign = body.resolutions.find((one) => !known.has(one.commentId));
  return foreign ? `there is no open comment ${foreign.commentId}` : null;
};

/** Takes the work of a live attempt to its checks; every open comment has to be answered exactly once. */
export const submitAttempt = (draft: Draft, body: BodyOf<"SubmitAttempt">): Rejection | null => {
  const attempt = liveAttempt(draft.state(), body.attemptId, body.fence);
  if (!isAttempt(attempt)) return attempt;
  const step = draft.state().steps[attempt.step];
  const bad = step ? badResolutions(step, body) : null;
  if (bad !== null) return reject("BAD_RESOLUTIONS", bad, ["one resolution per open comment"]);
  const { type: _type, fence: _fence, ...work } = body;
  draft.emit({ type: "AttemptSubmitted", ...work });
  return null;
};

/** Repairs at most twice, then a person is asked. */
export const repairOrBlock = (draft: Draft, key: string, attemptId: string): void => {
  const round = draft.state().steps[key]?.repairRound ?? 0;
  if (round < MAX_REPAIRS) draft.emit({ type: "StepRepairing", step: key, round: round + 1 });
  else
    draft.emit({
      type: "StepBlocked",
      step: key,
      on: "person",
      code: "CHECKS_FAILED",
      ref: attemptId,
    });
};

const blockPoisoned = (draft: Draft, key: string): void => {
  const step = draft.state().steps[key];
  if (!step || step.crashes <= MAX_CRASHES) return;
  draft.emit({
    type: "StepBlocked",
    step: key,
    on: "person",
    code: "POISON",
    ref: step.lastAttemptId ?? "",
  });
};

/** Ends an attempt that could not do its work; what follows depends on the class of the fault. */
export const failAttempt = (draft: Draft, body: BodyOf<"FailAttempt">): Rejection | null => {
  const attempt = liveAttempt(draft.state(), body.attemptId, body.fence);
  if (!isAttempt(attempt)) return attempt;
  const { attemptId, code, retryAtMs } = body;
  draft.emit({
    type: "AttemptFailed",
    attemptId,
    class: body.class,
    code,
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
  });
  switch (body.class) {
    case "transient":
      blockPoisoned(draft, attempt.step);
      break;
    case "checks":
      repairOrBlock(draft, attempt.step, attemptId);
      break;
    case "config":
      draft.emit({ type: "RunPaused", reason: "blocked", ref: code });
      break;
    default:
      draft.emit({
        type: "StepBlocked",
        step: attempt.step,
        on: "person",
        code,
        ref: attemptId,
      });
  }
  settle(draft);
  return null;
};

/** Fences an attempt whose lease ran out, or whose owner the worker knows to be dead (it sees the heartbeats, the log does not). */
export const expireAttempt = (draft: Draft, body: BodyOf<"ExpireAttempt">): Rejection | null => {
  const attempt = liveAttempt(draft.state(), body.attemptId, body.fence);
  if (!isAttempt(attempt)) return attempt;
  const { actor, nowMs } = draft.command;
  if (actor.via !== "worker" && attempt.leaseUntilMs > nowMs)
    return reject("NOT_READY", `the lease of ${body.attemptId} still runs`);
  draft.emit({ type: "AttemptFenced", attemptId: body.attemptId, byFence: body.fence });
  blockPoisoned(draft, attempt.step);
  settle(draft);
  return null;
};
