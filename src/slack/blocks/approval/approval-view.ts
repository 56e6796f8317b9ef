import type { z } from "zod";
import type { approvalGet } from "../../../operations/approval-get.ts";
import type { handoffGet } from "../../../operations/handoff-get.ts";

export type ApprovalAnswer = z.output<typeof approvalGet.output>;
export type HandoffAnswer = z.output<typeof handoffGet.output>;

/** What surrounds an approval in its message: read beside it, because it belongs to the run. */
export interface Around {
  readonly startedBy: string | null;
  readonly budgetUsd: number | null;
  /** Number of files per deliverable id. */
  readonly files: Readonly<Record<string, number>>;
  /** Address of the message that took this one's place, or of the run's own; null: none is known. */
  readonly link: string | null;
}
