import type { z } from "zod";
import type { Definition } from "../operations/define.ts";

/** How following a run ended. */
export type DriveEnd =
  | { readonly kind: "handoff"; readonly approvalId: string }
  | { readonly kind: "over"; readonly status: "completed" | "failed" | "cancelled" }
  | { readonly kind: "paused"; readonly why: string }
  | { readonly kind: "blocked"; readonly step: string; readonly code: string };

/** A line of progress: what a specialist is doing, or what happened in the run. */
export interface Progress {
  readonly step: string | null;
  readonly text: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly runs: readonly {
    readonly run: string;
    readonly ok: boolean;
    readonly events: number;
    readonly said: string;
  }[];
}

/**
 * What a command may use, opened for one invocation and closed after it. `call` runs an operation as the person at this
 * terminal; a repeat with the same `--key` has the effect of once.
 */
export interface Session {
  readonly call: <D extends Definition>(
    definition: D,
    input: z.input<D["input"]>,
  ) => Promise<z.output<D["output"]>>;
  /** Follows a run until a person is needed or it is over, working on it here unless another process has the worker role. */
  readonly drive: (
    runId: string,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ) => Promise<DriveEnd>;
  readonly verify: (run: string | null, head: string | null) => Promise<VerifyReport>;
  readonly repository: (runId: string) => Promise<string>;
  readonly homeDir: string;
  /** With Slack a vote from here needs the code that the bot sends, to count where approvers are named. */
  readonly slackConfigured: boolean;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  readonly key?: string;
  readonly home?: string;
  readonly demo?: boolean;
}

export type OpenSession = (options: SessionOptions) => Promise<Session>;
