import type { Context } from "../engine/context.ts";
import type { RunEvent } from "../engine/event.ts";
import type { ApprovalState, RunState } from "../engine/state.ts";
import { mayStillVote } from "../engine/voting.ts";
import type { OutboxWrite } from "../store/port.ts";
import type { Json } from "../store/rows.ts";
import { SLACK_TARGET } from "./outbox.ts";

interface Notice {
  readonly kind: "reminder" | "escalation";
  readonly approvalId: string;
  /** Makes the notice one thing: the number of the reminder, or the level that was reached. */
  readonly what: string;
  readonly people: readonly string[];
  readonly body: { readonly [key: string]: Json };
}

const approvalAt = (approval: ApprovalState, level: number): ApprovalState => ({
  ...approval,
  level,
});

const noticeOf = (state: RunState, context: Context, event: RunEvent): Notice | null => {
  if (!("approvalId" in event)) return null;
  const { approvalId } = event;
  const approval = state.approvals[approvalId];
  if (approval === undefined) return null;
  switch (event.type) {
    case "ApprovalReminded":
      return {
        kind: "reminder",
        approvalId,
        what: `${approval.level}/${event.n}`,
        people: mayStillVote(state, approval, context),
        body: { n: event.n },
      };
    case "ApprovalEscalated":
      return {
        kind: "escalation",
        approvalId,
        what: `level-${event.level}`,
        people: mayStillVote(state, approvalAt(approval, event.level), context),
        body: { level: event.level, holds: false },
      };
    default:
      return null;
  }
};

/** The last level passed without a decision: nothing is decided by time, so the owner hears that everything waits for him. */
const heldNotice = (
  state: RunState,
  events: readonly RunEvent[],
  approvalId: string,
): Notice | null => {
  const approval = state.approvals[approvalId];
  const goesOn = events.some(
    (event) => event.type === "ApprovalEscalated" && event.approvalId === approvalId,
  );
  if (approval === undefined || goesOn || approval.policy.owner === "") return null;
  return {
    kind: "escalation",
    approvalId,
    what: `held-${approval.deadlineMs}`,
    people: [approval.policy.owner],
    body: { level: approval.level, holds: true },
  };
};

/**
 * Whom to tell in person about reminders, escalations and approvals that nobody decided in time: those who can still vote, one row
 * each. Bodies only name things; the surface renders the state it finds.
 */
export const noticesOf = (
  before: RunState,
  runId: string,
  events: readonly RunEvent[],
  context: Context,
): readonly OutboxWrite[] => {
  const notices = events.flatMap((event) => {
    const notice =
      event.type === "ApprovalExpired"
        ? heldNotice(before, events, event.approvalId)
        : noticeOf(before, context, event);
    return notice === null ? [] : [notice];
  });
  return notices.flatMap(({ approvalId, body, kind, people, what }) =>
    people.map((person) => ({
      effectKey: `${kind}/${approvalId}/${what}/${person}`,
      target: SLACK_TARGET,
      lane: `dm/${person}`,
      kind,
      body: { run_id: runId, ref: approvalId, person, ...body },
    })),
  );
};
