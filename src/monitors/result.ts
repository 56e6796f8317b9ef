import type { Measure } from "./measure.ts";
import type { MonitorState } from "./state.ts";
import type { Verdict } from "./verdict.ts";
import type { Window } from "./window.ts";

/** What one look found. */
export interface MonitorResult {
  /** Of every window that was judged, healthy or not. */
  readonly measures: readonly Measure[];
  /** What stands now: of each subject the Verdict of the newest window. Never empty. */
  readonly verdicts: readonly Verdict[];
  /** To be kept and handed to the next look. */
  readonly state: MonitorState;
  /** Windows judged in this look, oldest first; none when none has ended or none holds enough rows. */
  readonly windows: readonly Window[];
}
