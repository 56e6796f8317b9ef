import type { ApprovalState } from "./state.ts";

/** How many of an approval's reminders lie at or before `nowMs`; after a long stop they make one reminder, not a burst. */
export const remindersBy = (
  approval: Pick<ApprovalState, "policy" | "openedAtMs">,
  nowMs: number,
): number =>
  approval.policy.reminders.filter((afterMs) => approval.openedAtMs + afterMs <= nowMs).length;
