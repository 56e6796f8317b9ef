import type { RunState } from "../../engine/state.ts";

/** The first attempt of the conversation that this one continues. */
export const conversationOf = (state: RunState, attemptId: string): string => {
  const before = state.attempts[attemptId]?.continues ?? null;
  return before === null ? attemptId : conversationOf(state, before);
};
