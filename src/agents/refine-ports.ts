import type { Finding } from "../checks/types.ts";
import type { Message, SystemBlock } from "./model.ts";
import type { Submission, Workspace } from "./tools/tool.ts";

/** How a conversation begins: rendered once, stored, and the same for every attempt that continues it. */
export interface Prompt {
  readonly system: readonly SystemBlock[];
  readonly opening: readonly Message[];
}

/** What is said after checks were red: one `tool_result` text for the submit that they judged. */
export type RenderFindings = (findings: readonly Finding[]) => string;

/**
 * Whether a submission is worse than the draft, or answers a comment that it did not act on. Findings that block are refused at
 * submit. Never throws for what is in the files.
 */
export type CompareWithDraft = (
  workspace: Workspace,
  submission: Submission,
  signal: AbortSignal,
) => Promise<readonly Finding[]>;
