import type { RunEvent } from "../engine/event.ts";

/** A line of progress that an event is worth, or null for events that only people's lists need. */
export const describeEvent = (
  event: RunEvent,
): { readonly step: string | null; readonly text: string } | null => {
  switch (event.type) {
    case "PhaseActivated":
      return { step: null, text: `phase ${event.phase} begins` };
    case "AttemptClaimed":
      return {
        step: event.step,
        text: event.kind === "fresh" ? "working" : `working (${event.kind})`,
      };
    case "StepChecked":
      return {
        step: event.step,
        text: event.green
          ? `checks passed (${event.counts.warn} warnings, ${event.counts.skipped} skipped)`
          : `${event.counts.block} findings block`,
      };
    case "StepRepairing":
      return { step: event.step, text: `repair ${event.round} of 2` };
    case "StepSubmitted":
      return { step: event.step, text: "submitted" };
    case "StepAccepted":
      return { step: event.step, text: event.reaffirmed ? "accepted (unchanged)" : "accepted" };
    case "StepBlocked":
      return { step: event.step, text: `blocked on ${event.on}: ${event.code}` };
    case "StepStaled":
      return { step: event.step, text: "stale, will be done again" };
    case "PhaseDone":
      return { step: null, text: `phase ${event.phase} approved` };
    case "RunCompleted":
      return { step: null, text: "completed" };
    default:
      return null;
  }
};
