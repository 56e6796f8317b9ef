import type { EventOf, RunEvent } from "./event.ts";
import { type EventMeta, withApproval, withPhase } from "./evolve-helpers.ts";
import { remindersBy } from "./reminders.ts";
import { routeComment } from "./routing.ts";
import type { ApprovalState, ApprovalStatus, RunState, VoteState } from "./state.ts";

type ApprovalEvent = Extract<
  RunEvent,
  { readonly type: `Approval${string}` | "VoteCast" | "LevelWaived" }
>;

const opened = (state: RunState, event: EventOf<"ApprovalOpened">, meta: EventMeta): RunState => {
  const approval: ApprovalState = {
    approvalId: event.approvalId,
    revision: event.revision,
    kind: event.kind,
    phase: event.phase ?? null,
    manifestHash: event.manifestHash ?? null,
    ask: event.ask ?? null,
    risk: event.risk,
    belowLevel: event.belowLevel,
    waived: false,
    policy: event.policy,
    level: event.level,
    status: "open",
    openedAtMs: meta.at,
    deadlineMs: event.deadlineMs,
    reminded: 0,
    votes: [],
    decidedAtMs: null,
  };
  const after = { ...state, approvals: { ...state.approvals, [event.approvalId]: approval } };
  return event.phase === undefined || event.kind !== "handoff"
    ? after
    : withPhase(after, event.phase, {
        status: "awaiting_approval",
        manifestHash: event.manifestHash ?? null,
        approvalId: event.approvalId,
        revisions: event.revision,
      });
};

const decided = (state: RunState, id: string, status: ApprovalStatus, meta: EventMeta): RunState =>
  withApproval(state, id, { status, decidedAtMs: meta.at });

/** Back to work: a handoff that was not approved leaves its phase active. */
const reopened = (state: RunState, id: string): RunState => {
  const phase = state.approvals[id]?.phase ?? null;
  return phase !== null && state.phases[phase].status === "awaiting_approval"
    ? withPhase(state, phase, { status: "active" })
    : state;
};

const voted = (state: RunState, event: EventOf<"VoteCast">, meta: EventMeta): RunState => {
  const approval = state.approvals[event.approvalId];
  if (!approval) return state;
  const vote: VoteState = {
    person: event.person,
    onBehalfOf: event.onBehalfOf ?? null,
    decision: event.decision,
    manifestHash: event.manifestHash ?? null,
    raiseTo: event.raiseTo ?? null,
    comments: event.comments,
    attested: event.attested,
    at: meta.at,
  };
  const whom = vote.onBehalfOf ?? vote.person;
  const others = approval.votes.filter((one) => (one.onBehalfOf ?? one.person) !== whom);
  const comments = Object.fromEntries(
    event.comments
      .filter((comment) => (state.comments[comment.id]?.status ?? "open") === "open")
      .map((comment) => [
        comment.id,
        { comment, by: event.person, status: "open" as const, step: null },
      ]),
  );
  return withApproval(
    { ...state, comments: { ...state.comments, ...comments } },
    event.approvalId,
    {
      votes: [...others, vote],
    },
  );
};

/** Comments that a decision took up bind the step that owns them. */
const taken = (state: RunState, event: EventOf<"ApprovalChangesRequested">): RunState => {
  const phase = state.approvals[event.approvalId]?.phase ?? 1;
  return {
    ...state,
    comments: Object.fromEntries(
      Object.entries(state.comments).map(([id, entry]) => [
        id,
        event.comments.includes(id) && entry.status === "open"
          ? { ...entry, status: "taken" as const, step: routeComment(state, entry.comment, phase) }
          : entry,
      ]),
    ),
  };
};

/** Reminders whose time came before the deadline are moot once it has passed: whoever is asked next hears of it anyway. */
const expired = (state: RunState, event: EventOf<"ApprovalExpired">, meta: EventMeta): RunState => {
  const approval = state.approvals[event.approvalId];
  if (!approval) return state;
  const reminded = Math.max(approval.reminded, remindersBy(approval, meta.at));
  return withApproval(state, event.approvalId, { status: "expired", reminded });
};

/** Folds what happens to an approval. */
export const evolveApproval = (
  state: RunState,
  event: ApprovalEvent,
  meta: EventMeta,
): RunState => {
  switch (event.type) {
    case "ApprovalOpened":
      return opened(state, event, meta);
    case "ApprovalReminded":
      return withApproval(state, event.approvalId, { reminded: event.n });
    case "ApprovalApproved":
      return decided(state, event.approvalId, "approved", meta);
    case "ApprovalChangesRequested":
      return taken(
        reopened(decided(state, event.approvalId, "changes_requested", meta), event.approvalId),
        event,
      );
    case "ApprovalRejected":
      return decided(state, event.approvalId, "rejected", meta);
    case "ApprovalExpired":
      return expired(state, event, meta);
    case "ApprovalEscalated":
      return withApproval(state, event.approvalId, {
        status: "escalated",
        level: event.level,
        deadlineMs: event.deadlineMs,
      });
    case "ApprovalExtended": {
      const status =
        state.approvals[event.approvalId]?.status === "expired"
          ? { status: "escalated" as const }
          : {};
      return withApproval(state, event.approvalId, { deadlineMs: event.deadlineMs, ...status });
    }
    case "ApprovalVoided":
      return reopened(decided(state, event.approvalId, "voided", meta), event.approvalId);
    case "LevelWaived":
      return withApproval(state, event.approvalId, { waived: true });
    case "VoteCast":
      return voted(state, event, meta);
    default:
      return event satisfies never;
  }
};
