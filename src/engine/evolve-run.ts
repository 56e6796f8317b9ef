import { emptyStep } from "./empty-run.ts";
import type { EventOf, RunEvent } from "./event.ts";
import { type EventMeta, withPhase } from "./evolve-helpers.ts";
import type { PauseReason, RunState } from "./state.ts";

const PAUSE_ORDER: readonly PauseReason[] = ["manual", "budget", "blocked"];

const withPauses = (state: RunState, pauses: readonly PauseReason[]): RunState => ({
  ...state,
  pauses: PAUSE_ORDER.filter((reason) => pauses.includes(reason)),
  status:
    state.status === "running" || state.status === "paused"
      ? pauses.length > 0
        ? "paused"
        : "running"
      : state.status,
});

const started = (state: RunState, event: EventOf<"RunStarted">): RunState => ({
  ...state,
  status: "running",
  pipelineId: event.pipelineId,
  specHash: event.specHash,
  policyVersion: event.policyVersion,
  budget: event.budget,
  startedBy: event.startedBy,
  involved: event.startedBy === null ? [] : [event.startedBy],
  retrain: event.retrain ?? null,
  fork: event.fork ?? null,
  order: event.playbook.map((step) => step.key),
  steps: Object.fromEntries(event.playbook.map((step) => [step.key, emptyStep(step)])),
});

const involve = (state: RunState, person: string | null): RunState =>
  person === null || state.involved.includes(person)
    ? state
    : { ...state, involved: [...state.involved, person] };

const NOT_PAUSED = { pauses: [], blockedBy: null };
const NOTHING = { microUsd: 0, tokens: 0 };

const raise = (state: RunState, event: EventOf<"BudgetRaised">): RunState => {
  const [scope, unit] = event.scope.split(".");
  if (scope !== "run" && scope !== "phase") return state;
  const field = unit === "usd" ? "microUsd" : unit === "tokens" ? "tokens" : "ms";
  return {
    ...state,
    budget: { ...state.budget, [scope]: { ...state.budget[scope], [field]: event.to } },
  };
};

/** A correction replaces what its call came to; everything else adds up, each call once. */
const settle = (state: RunState, event: EventOf<"UsageSettled">): RunState => {
  const { input, output, read, write1h, write5m } = event.tokens;
  const usage = {
    microUsd: event.microUsd,
    tokens: input + output + read + write1h + write5m,
  };
  const corrected = `${event.attemptId}/${event.corrects ?? event.call}`;
  const before = state.settled[corrected] ?? NOTHING;
  const { [corrected]: _replaced, ...others } = state.settled;
  return {
    ...state,
    settled: { ...others, [`${event.attemptId}/${event.call}`]: usage },
    spent: {
      microUsd: state.spent.microUsd - before.microUsd + usage.microUsd,
      tokens: state.spent.tokens - before.tokens + usage.tokens,
    },
  };
};

const comment = (state: RunState, event: EventOf<"CommentAdded">): RunState => ({
  ...state,
  comments: {
    ...state.comments,
    [event.comment.id]: {
      comment: event.comment,
      by: event.by,
      status: event.taken ? "taken" : "open",
      step: event.step ?? null,
    },
  },
});

/** A change of the spec settles the comments it names, unless a step has them to answer already. */
const specChanged = (state: RunState, event: EventOf<"SpecChanged">): RunState => ({
  ...state,
  specHash: event.specHash,
  comments: Object.fromEntries(
    Object.entries(state.comments).map(([id, entry]) => [
      id,
      entry.status === "open" && event.commentIds.includes(id)
        ? { ...entry, status: "resolved" as const }
        : entry,
    ]),
  ),
});

type RunLevelEvent = Extract<
  RunEvent,
  {
    readonly type:
      | `Run${string}`
      | `Phase${string}`
      | "SpecChanged"
      | "VotesDelegated"
      | "UsageSettled"
      | "BudgetRaised"
      | "RepoRecorded"
      | "CommentAdded";
  }
>;

/** Folds what is about the run as a whole or a phase. */
export const evolveRun = (state: RunState, event: RunLevelEvent, meta: EventMeta): RunState => {
  switch (event.type) {
    case "RunStarted":
      return started(state, event);
    case "RunPaused":
      return {
        ...withPauses(state, [...state.pauses, event.reason]),
        blockedBy: event.reason === "blocked" ? event.ref : state.blockedBy,
      };
    case "RunResumed":
      return {
        ...withPauses(
          state,
          state.pauses.filter((reason) => reason !== event.reason),
        ),
        blockedBy: event.reason === "blocked" ? null : state.blockedBy,
      };
    case "RunCompleted":
      return { ...state, status: "completed", ...NOT_PAUSED };
    case "RunFailed":
      return { ...state, status: "failed", ...NOT_PAUSED, failure: event.code };
    case "RunCancelled":
      return { ...state, status: "cancelled", ...NOT_PAUSED };
    case "SpecChanged":
      // Asking for a change in a review is no edit: only a change without comments makes its author an involved person.
      return involve(
        specChanged(state, event),
        event.commentIds.length === 0 ? meta.actor.person : null,
      );
    case "CommentAdded":
      return comment(state, event);
    case "PhaseActivated":
      return withPhase(state, event.phase, { status: "active" });
    case "PhaseDone":
      return withPhase(state, event.phase, {
        status: "done",
        manifestHash: event.manifestHash,
        approvalId: event.approvalId,
      });
    case "PhaseStaled":
      return involve(
        withPhase(state, event.phase, { status: "stale" }),
        event.because === "rerun" ? meta.actor.person : null,
      );
    case "VotesDelegated":
      return {
        ...state,
        delegations: [
          ...state.delegations.filter((one) => one.person !== event.person),
          { person: event.person, to: event.to, untilMs: event.untilMs },
        ],
      };
    case "UsageSettled":
      return settle(state, event);
    case "BudgetRaised":
      return raise(state, event);
    case "RepoRecorded":
      return {
        ...state,
        repo: { ...state.repo, [`${event.of}/${event.manifestHash}`]: event.oid },
      };
    default:
      return event satisfies never;
  }
};
