import type { EventOf, RunEvent } from "./event.ts";
import { withStep } from "./evolve-helpers.ts";
import { commentsFor } from "./routing.ts";
import type { RunState, StepState } from "./state.ts";

type StepEvent = Extract<RunEvent, { readonly type: `Step${string}` }>;

const readied = (state: RunState, event: EventOf<"StepReadied">): RunState =>
  withStep(state, event.step, {
    status: "ready",
    blockedOn: null,
    gen: event.gen,
    kind: event.kind,
    inputHash: event.inputHash,
    baseHash: event.base,
    attempts: 0,
    repairRound: 0,
    crashes: 0,
    retryAtMs: 0,
    liveAttemptId: null,
    repairDue: false,
    staleFrom: null,
    // A person who lets a blocked step go on gives its fault rounds anew.
    ...(state.steps[event.step]?.blockedOn?.on === "person" ? { upstreamRounds: 0 } : {}),
    useDraft: event.useDraft ?? false,
    openComments: commentsFor(state, event.step),
  });

const resolveAll = (state: RunState, step: string): RunState => {
  const answered = (state.steps[step]?.openComments ?? []).map((comment) => comment.id);
  const entries = Object.entries(state.comments).map(([id, entry]) =>
    answered.includes(id)
      ? ([id, { ...entry, status: "resolved" as const }] as const)
      : ([id, entry] as const),
  );
  return withStep({ ...state, comments: Object.fromEntries(entries) }, step, { openComments: [] });
};

const staleFrom = (state: RunState, event: EventOf<"StepStaled">): StepState["staleFrom"] => {
  const step = state.steps[event.step];
  if (event.because === "comments" || event.because === "rerun") return null;
  if (step?.status === "submitted" || step?.status === "accepted") return step.status;
  return step?.status === "stale" ? step.staleFrom : null;
};

/** Folds what happens to one specialist's step. */
export const evolveStep = (state: RunState, event: StepEvent): RunState => {
  switch (event.type) {
    case "StepReadied":
      return readied(state, event);
    case "StepRepairing":
      return withStep(state, event.step, {
        status: "working",
        repairRound: event.round,
        repairDue: true,
        liveAttemptId: null,
      });
    case "StepChecked":
      return withStep(state, event.step, { counts: event.counts, levels: event.levels });
    case "StepSubmitted":
      return withStep(resolveAll(state, event.step), event.step, {
        status: "submitted",
        manifestHash: event.manifestHash,
        blockedOn: null,
        liveAttemptId: null,
        staleFrom: null,
      });
    case "StepBlocked":
      return withStep(state, event.step, {
        status: "blocked",
        blockedOn: { on: event.on, code: event.code, ref: event.ref },
        liveAttemptId: null,
        upstreamRounds:
          (state.steps[event.step]?.upstreamRounds ?? 0) + (event.on === "upstream" ? 1 : 0),
      });
    case "StepAccepted":
      return withStep(resolveAll(state, event.step), event.step, {
        status: "accepted",
        blockedOn: null,
        liveAttemptId: null,
        manifestHash: event.manifestHash,
        acceptedHash: event.manifestHash,
        acceptedApprovalId: event.approvalId,
        upstreamRounds: 0,
        staleFrom: null,
      });
    case "StepStaled":
      return withStep(state, event.step, {
        status: "stale",
        blockedOn: null,
        liveAttemptId: null,
        staleFrom: staleFrom(state, event),
      });
    default:
      return event satisfies never;
  }
};
