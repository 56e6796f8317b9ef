import type { EventOf, RunEvent } from "./event.ts";
import { withAttempt, withStep } from "./evolve-helpers.ts";
import type { AttemptStatus, RunState } from "./state.ts";

type AttemptEvent = Extract<RunEvent, { readonly type: `Attempt${string}` }>;

const claimed = (state: RunState, event: EventOf<"AttemptClaimed">): RunState => {
  const step = state.steps[event.step];
  const needs = step?.step.needs ?? [];
  const consumed = Object.fromEntries(
    needs.map((need) => [need, state.steps[need]?.manifestHash ?? ""]),
  );
  const attempt = {
    attemptId: event.attemptId,
    step: event.step,
    gen: event.gen,
    no: event.no,
    kind: event.kind,
    status: "claimed" as const,
    fence: event.fence,
    worker: event.worker,
    leaseUntilMs: event.leaseUntilMs,
    continues: event.continues ?? null,
    manifestHash: null,
    summaryHash: null,
  };
  return withStep(
    { ...state, attempts: { ...state.attempts, [event.attemptId]: attempt } },
    event.step,
    {
      status: "working",
      attempts: event.no,
      fence: event.fence,
      liveAttemptId: event.attemptId,
      lastAttemptId: event.attemptId,
      consumed,
      repairDue: false,
    },
  );
};

const ended = (state: RunState, id: string, status: AttemptStatus): RunState => {
  const attempt = state.attempts[id];
  const step = state.steps[attempt?.step ?? ""];
  const after = withAttempt(state, id, { status });
  return step?.liveAttemptId === id
    ? withStep(after, step.step.key, { liveAttemptId: null })
    : after;
};

/** Only a passing fault or a lost lease is a crash; an attempt that stops because the run was paused is not. */
const crashed = (state: RunState, id: string, retryAtMs: number, counts: boolean): RunState => {
  const key = state.attempts[id]?.step ?? "";
  const crashes = (state.steps[key]?.crashes ?? 0) + (counts ? 1 : 0);
  return withStep(state, key, { crashes, retryAtMs });
};

/** Folds what happens to one attempt. */
export const evolveAttempt = (state: RunState, event: AttemptEvent): RunState => {
  switch (event.type) {
    case "AttemptClaimed":
      return claimed(state, event);
    case "AttemptSubmitted": {
      const after = withAttempt(ended(state, event.attemptId, "submitted"), event.attemptId, {
        manifestHash: event.manifestHash,
        summaryHash: event.summaryHash,
      });
      return withStep(after, state.attempts[event.attemptId]?.step ?? "", {
        status: "checking",
        resolutions: event.resolutions,
      });
    }
    case "AttemptFailed":
      return crashed(
        ended(state, event.attemptId, "failed"),
        event.attemptId,
        event.retryAtMs ?? 0,
        event.class === "transient",
      );
    case "AttemptFenced":
      return crashed(
        ended(state, event.attemptId, "fenced"),
        event.attemptId,
        0,
        state.status === "running",
      );
    case "AttemptCancelled":
      return ended(state, event.attemptId, "cancelled");
    case "AttemptOverBudget":
      return ended(state, event.attemptId, "over_budget");
    default:
      return event satisfies never;
  }
};
