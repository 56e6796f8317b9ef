import type { RunEvent } from "../engine/event.ts";
import type { RunState } from "../engine/state.ts";
import type { OutboxWrite } from "../store/port.ts";

/** The outbox target of the run's Slack thread. */
export const SLACK_TARGET = "slack";

// A run's own message is edited at most every few seconds; in a lane of its own it keeps no decision waiting.
const row = (runId: string, effectKey: string, kind: string, ref: string): OutboxWrite => ({
  effectKey,
  target: SLACK_TARGET,
  lane: kind === "run" ? effectKey : runId,
  kind,
  body: { run_id: runId, ref },
});

const approvalOf = (event: RunEvent): string | null => {
  if (event.type === "VoteCast" || event.type === "LevelWaived") return event.approvalId;
  return event.type.startsWith("Approval") && "approvalId" in event ? event.approvalId : null;
};

/**
 * What must be shown because of these events: the run's message always, a handoff message when its approval changed, a line
 * per accepted step. Bodies only name things: the surface renders the state it finds when it sends.
 */
export const outboxOf = (
  before: RunState,
  runId: string,
  events: readonly RunEvent[],
): readonly OutboxWrite[] => {
  const handoffs = [...new Set(events.map(approvalOf).filter((id) => id !== null))];
  const accepted = events.flatMap((event) =>
    event.type === "StepAccepted" && !event.reaffirmed ? [event.step] : [],
  );
  const quiet = before.status !== "none" && events.every((event) => event.type === "UsageSettled");
  return [
    ...(quiet || events.length === 0 ? [] : [row(runId, `run/${runId}`, "run", runId)]),
    ...handoffs.map((id) => row(runId, `handoff/${id}`, "handoff", id)),
    ...accepted.map((step) => row(runId, `step/${runId}/${step}`, "step", step)),
  ];
};
