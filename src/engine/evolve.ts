import type { RunEvent } from "./event.ts";
import { evolveApproval } from "./evolve-approval.ts";
import { evolveAttempt } from "./evolve-attempt.ts";
import type { EventMeta } from "./evolve-helpers.ts";
import { evolveRun } from "./evolve-run.ts";
import { evolveStep } from "./evolve-step.ts";
import type { RunState } from "./state.ts";
import { EVENT_VERSIONS, upcast } from "./upcast.ts";

export { emptyRun } from "./empty-run.ts";
export type { EventMeta } from "./evolve-helpers.ts";

const fold = (state: RunState, event: RunEvent, meta: EventMeta): RunState => {
  const type: string = event.type;
  if (type.startsWith("Step")) return evolveStep(state, event as Parameters<typeof evolveStep>[1]);
  if (type.startsWith("Attempt"))
    return evolveAttempt(state, event as Parameters<typeof evolveAttempt>[1]);
  if (type.startsWith("Approval") || type === "VoteCast" || type === "LevelWaived") {
    return evolveApproval(state, event as Parameters<typeof evolveApproval>[1], meta);
  }
  return evolveRun(state, event as Parameters<typeof evolveRun>[1], meta);
};

/**
 * The state after one more event. Total over the known types and versions: it never refuses what was decided. BugError
 * EVENT_UNKNOWN or EVENT_VERSION_UNKNOWN for what this program does not know.
 */
export const evolve = (state: RunState, event: RunEvent, meta: EventMeta): RunState => {
  const current = upcast(event, meta.v ?? EVENT_VERSIONS[event.type]);
  return { ...fold(state, current, meta), seq: meta.seq };
};
