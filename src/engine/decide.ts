import type { Command, CommandType } from "./command.ts";
import type { Context, Rejection } from "./context.ts";
import * as approval from "./decide/approval.ts";
import * as attempt from "./decide/attempt.ts";
import { finishChecks } from "./decide/checks.ts";
import * as run from "./decide/run.ts";
import { unblockStep } from "./decide/step.ts";
import { exhaustBudget, settleUsage } from "./decide/usage.ts";
import { castVote, delegateVotes } from "./decide/vote.ts";
import { createDraft, type Draft, reject } from "./draft.ts";
import type { RunEvent } from "./event.ts";
import type { RunState } from "./state.ts";

/** True for the answer of `decide` that is no list of events. */
export const isRejection = (decision: readonly RunEvent[] | Rejection): decision is Rejection =>
  "code" in decision;

// What a run that is over still takes: money that was spent, releases and their votes, records of what was approved.
const AFTER_THE_END: ReadonlySet<CommandType> = new Set(["SettleUsage", "RecordRepo"]);
const AFTER_COMPLETION: ReadonlySet<CommandType> = new Set([
  "RequestRelease",
  "CastVote",
  "TickApproval",
  "ExtendApproval",
  "DelegateVotes",
]);

const overOrUnknown = (state: RunState, type: CommandType): Rejection | null => {
  if (state.status === "none")
    return type === "StartRun" ? null : reject("UNKNOWN", "there is no such run", ["StartRun"]);
  if (state.status === "running" || state.status === "paused" || AFTER_THE_END.has(type))
    return null;
  if (state.status === "completed" && AFTER_COMPLETION.has(type)) return null;
  const valid =
    state.status === "completed"
      ? ["start a new run (a fork)", "RequestRelease"]
      : ["start a new run"];
  return reject("RUN_OVER", `the run is ${state.status}`, valid);
};

const dispatch = (draft: Draft, { body }: Command): Rejection | null => {
  switch (body.type) {
    case "StartRun":
      return run.startRun(draft, body);
    case "PauseRun":
      return run.pauseRun(draft);
    case "ResumeRun":
      return run.resumeRun(draft);
    case "CancelRun":
      return run.cancelRun(draft, body);
    case "RerunRun":
      return run.rerunRun(draft, body);
    case "ChangeSpec":
      return run.changeSpec(draft, body);
    case "AddComment":
      return run.addComment(draft, body);
    case "ClaimAttempt":
      return attempt.claimAttempt(draft, body);
    case "SubmitAttempt":
      return attempt.submitAttempt(draft, body);
    case "FailAttempt":
      return attempt.failAttempt(draft, body);
    case "ExpireAttempt":
      return attempt.expireAttempt(draft, body);
    case "FinishChecks":
      return finishChecks(draft, body);
    case "SettleUsage":
      return settleUsage(draft, body);
    case "ExhaustBudget":
      return exhaustBudget(draft, body);
    case "UnblockStep":
      return unblockStep(draft, body);
    case "CastVote":
      return castVote(draft, body);
    case "DelegateVotes":
      return delegateVotes(draft, body);
    case "ExtendApproval":
      return approval.extendApproval(draft, body);
    case "WaiveLevel":
      return approval.waiveLevel(draft, body);
    case "RequestRelease":
      return approval.requestRelease(draft, body);
    case "TickApproval":
      return approval.tickApproval(draft, body);
    case "ObserveManifest":
      return approval.observeManifest(draft, body);
    case "RecordRepo":
      return approval.recordRepo(draft, body);
    default:
      return body satisfies never;
  }
};

/** The events that a command leads to, with all that follows from them, or why it cannot be accepted. Pure; never throws for input. */
export const decide = (
  state: RunState,
  command: Command,
  context: Context,
): readonly RunEvent[] | Rejection => {
  const over = overOrUnknown(state, command.body.type);
  if (over) return over;
  const draft = createDraft(state, command, context);
  return dispatch(draft, command) ?? draft.events();
};
