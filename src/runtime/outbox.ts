import type { EventOf, RunEvent } from "../engine/event.ts";
import type { ApprovalState, RunState } from "../engine/state.ts";
import type { OutboxWrite } from "../store/port.ts";

/** The outbox target of the run's Slack thread. */
export const SLACK_TARGET = "slack";

// A run's own message is edited at most every few seconds; in a lane of its own it keeps no decision waiting.
const row = (
  runId: string,
  effectKey: string,
  kind: string,
  ref: string,
  lane = kind === "run" ? effectKey : runId,
): OutboxWrite => ({
  effectKey,
  target: SLACK_TARGET,
  lane,
  kind,
  body: { run_id: runId, ref },
});

type Opened = EventOf<"ApprovalOpened">;

const isOpened = (event: RunEvent): event is Opened => event.type === "ApprovalOpened";

const touched = (event: RunEvent): string | null => {
  if (event.type === "VoteCast" || event.type === "LevelWaived") return event.approvalId;
  return event.type.startsWith("Approval") && "approvalId" in event ? event.approvalId : null;
};

/** The handoff that a new one follows in its phase: its message gets the link to the new one. */
const predecessor = (before: RunState, { phase, revision }: Opened): string | null =>
  phase === undefined || revision < 2 ? null : (before.phases[phase].approvalId ?? null);

/** New approvals first, so that what they replace can point to them. */
const approvals = (
  before: RunState,
  runId: string,
  events: readonly RunEvent[],
): readonly OutboxWrite[] => {
  const opened = events.filter(isOpened);
  const kindOf = (id: string): ApprovalState["kind"] | undefined =>
    opened.find((event) => event.approvalId === id)?.kind ?? before.approvals[id]?.kind;
  const ids = [
    ...opened.map((event) => event.approvalId),
    ...events.map(touched),
    ...opened.map((event) => predecessor(before, event)),
  ].filter((id) => id !== null);
  return [...new Set(ids)].map((id) => {
    const kind = kindOf(id) ?? "handoff";
    return row(runId, `${kind}/${id}`, kind, id);
  });
};

const blockedKey = (runId: string, step: string, ref: string): string =>
  `blocked/${runId}/${step}/${ref}`;

/** A step that came to wait for a person, or goes on after it did. */
const blocked = (before: RunState, runId: string, event: RunEvent): readonly OutboxWrite[] => {
  if (event.type === "StepBlocked" && event.on === "person")
    return [row(runId, blockedKey(runId, event.step, event.ref), "blocked", event.step)];
  if (event.type !== "StepReadied" && event.type !== "AttemptClaimed") return [];
  const was = before.steps[event.step]?.blockedOn;
  return was?.on === "person"
    ? [row(runId, blockedKey(runId, event.step, was.ref), "blocked", event.step)]
    : [];
};

/** What one event alone asks to be shown. */
const single = (before: RunState, runId: string, event: RunEvent): readonly OutboxWrite[] => {
  switch (event.type) {
    case "StepAccepted":
      return event.reaffirmed
        ? []
        : [row(runId, `step/${runId}/${event.step}/${event.manifestHash}`, "step", event.step)];
    // Making the files takes a second, and nothing waits for them: a lane of its own.
    case "ApprovalOpened": {
      const { approvalId: id, kind } = event;
      return kind === "handoff"
        ? [row(runId, `evidence/${id}`, "evidence", id, `evidence/${id}`)]
        : [];
    }
    case "RunCompleted":
    case "RunFailed":
    case "RunCancelled":
      return [row(runId, `end/${runId}`, "end", runId)];
    default:
      return blocked(before, runId, event);
  }
};

/**
 * What must be shown because of these events: the run's message always, an approval's message when it changed, a line per
 * accepted step, a blocked step and how the run ended (direct messages to those whose vote is missing: notices.ts). Bodies only name things:
 * the surface renders the state it finds when it sends.
 */
export const outboxOf = (
  before: RunState,
  runId: string,
  events: readonly RunEvent[],
): readonly OutboxWrite[] => {
  const quiet = before.status !== "none" && events.every((event) => event.type === "UsageSettled");
  return [
    ...(quiet || events.length === 0 ? [] : [row(runId, `run/${runId}`, "run", runId)]),
    ...approvals(before, runId, events),
    ...events.flatMap((event) => single(before, runId, event)),
  ];
};
