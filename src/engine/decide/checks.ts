import type { BodyOf } from "../command.ts";
import type { Rejection } from "../context.ts";
import { type Draft, reject } from "../draft.ts";
import { settle, staleStep } from "../flow.ts";
import type { AttemptState } from "../state.ts";
import { repairOrBlock } from "./attempt.ts";

/** Rounds in which a step sends its faults to others before a person is asked. */
const MAX_UPSTREAM_ROUNDS = 2;

type Told = BodyOf<"FinishChecks">["comments"];

const block = (draft: Draft, step: string, on: "upstream" | "person", code: string, ref: string) =>
  draft.emit({ type: "StepBlocked", step, on, code, ref });

/** Comments on files of other steps that have worked; a step does not send faults to itself or to nobody. */
const foreign = (draft: Draft, key: string, told: Told): Told =>
  told.filter(({ step }) => step !== key && (draft.state().steps[step]?.gen ?? 0) > 0);

/**
 * Tells the owners of other files what the checks found there. What must be mended works like a request for changes: the owner
 * is stale and this step waits, without spending a repair round. True when it waits (or a person has to be asked).
 */
const sendBack = (draft: Draft, key: string, told: Told, attemptId: string): boolean => {
  const mine = foreign(draft, key, told);
  const must = mine.filter(({ comment }) => comment.severity === "must");
  const spent = (draft.state().steps[key]?.upstreamRounds ?? 0) >= MAX_UPSTREAM_ROUNDS;
  for (const { comment, step } of mine) {
    const binds = comment.severity === "must" && !spent;
    draft.emit({
      type: "CommentAdded",
      comment,
      by: null,
      ...(binds ? { taken: true, step } : {}),
    });
  }
  const owner = must[0]?.step;
  if (owner === undefined) return false;
  if (spent) {
    block(draft, key, "person", "CHECKS_FAILED", attemptId);
    return true;
  }
  block(draft, key, "upstream", "UPSTREAM_FAULT", owner);
  const named = new Set(must.map((item) => item.step));
  for (const step of draft.state().order.filter((one) => named.has(one))) {
    const was = draft.state().steps[step]?.manifestHash ?? "";
    staleStep(draft, step, { because: "comments", was, now: "" });
  }
  return true;
};

const judge = (draft: Draft, key: string, attempt: AttemptState, green: boolean): void => {
  const step = draft.state().steps[key];
  const { attemptId, manifestHash } = attempt;
  if (!step || manifestHash === null) return;
  if (!green) {
    repairOrBlock(draft, key, attemptId);
    return;
  }
  const approvalId = step.acceptedApprovalId;
  if (manifestHash === step.acceptedHash && approvalId !== null) {
    draft.emit({ type: "StepAccepted", step: key, manifestHash, approvalId, reaffirmed: true });
  } else draft.emit({ type: "StepSubmitted", step: key, manifestHash });
};

/** Takes the result of a step's checks: submitted, repaired, sent back to another step's owner, or a person is asked. */
export const finishChecks = (draft: Draft, body: BodyOf<"FinishChecks">): Rejection | null => {
  const state = draft.state();
  const attempt = state.attempts[body.attemptId];
  const step = state.steps[attempt?.step ?? ""];
  if (!attempt || !step) return reject("UNKNOWN", `no attempt ${body.attemptId} in this run`);
  const { key } = step.step;
  const current = step.lastAttemptId === body.attemptId && attempt.fence === body.fence;
  if (step.status !== "checking" || !current)
    return reject("FENCED", `${key} is not checking this attempt any more`);
  const { attemptId, counts, findingsHash, green, levels } = body;
  const round = step.repairRound;
  draft.emit({
    type: "StepChecked",
    step: key,
    attemptId,
    round,
    green,
    counts,
    levels,
    findingsHash,
  });
  if (!sendBack(draft, key, body.comments, attemptId)) judge(draft, key, attempt, green);
  settle(draft);
  return null;
};
