import { BugError } from "../lib/errors.ts";
import type { EventType, RunEvent } from "./event.ts";

/** Version of each event type's body that this program writes and folds. Older ones pass `upcast`; rows are never rewritten. */
export const EVENT_VERSIONS: Readonly<Record<EventType, number>> = {
  RunStarted: 1,
  SpecChanged: 1,
  CommentAdded: 1,
  RunPaused: 1,
  RunResumed: 1,
  RunCompleted: 1,
  RunFailed: 1,
  RunCancelled: 1,
  PhaseActivated: 1,
  PhaseDone: 1,
  PhaseStaled: 1,
  StepReadied: 1,
  StepRepairing: 1,
  StepChecked: 1,
  StepSubmitted: 1,
  StepBlocked: 1,
  StepAccepted: 1,
  StepStaled: 1,
  AttemptClaimed: 1,
  AttemptSubmitted: 1,
  AttemptFailed: 1,
  AttemptFenced: 1,
  AttemptCancelled: 1,
  AttemptOverBudget: 1,
  ApprovalOpened: 1,
  ApprovalReminded: 1,
  ApprovalApproved: 1,
  ApprovalChangesRequested: 1,
  ApprovalRejected: 1,
  ApprovalExpired: 1,
  ApprovalEscalated: 1,
  ApprovalExtended: 1,
  ApprovalVoided: 1,
  LevelWaived: 1,
  VoteCast: 1,
  VotesDelegated: 1,
  UsageSettled: 1,
  BudgetRaised: 1,
  RepoRecorded: 1,
};

/**
 * The event in the current version of its type. `v` is the version of its row. BugError EVENT_UNKNOWN or EVENT_VERSION_UNKNOWN:
 * a log that this program cannot read must not be folded past.
 */
export const upcast = (event: RunEvent, v: number): RunEvent => {
  if (!Object.hasOwn(EVENT_VERSIONS, event.type))
    throw new BugError("EVENT_UNKNOWN", `no reducer for event ${event.type}`);
  if (v !== EVENT_VERSIONS[event.type])
    throw new BugError("EVENT_VERSION_UNKNOWN", `no upcaster for ${event.type} v${v}`);
  return event;
};
