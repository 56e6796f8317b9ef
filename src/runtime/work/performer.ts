import type { Work } from "../../engine/context.ts";
import type { RunState } from "../../engine/state.ts";
import type { RuntimeDeps } from "../deps.ts";
import type { DispatchCommand } from "../dispatch.ts";
import type { SettleCall } from "../settle-call.ts";
import type { Measuring } from "../start-run.ts";

/** What every kind of work may use. `worker` names this process's claim on the work; progress goes to whoever watches. */
export interface WorkTools extends RuntimeDeps {
  readonly dispatch: DispatchCommand;
  readonly worker: string;
  /** Values of the run's personal columns, which the checks look for. */
  readonly probes: Measuring["probes"];
  readonly openData: Measuring["reopen"];
  readonly settleCall: SettleCall;
  readonly progress: (runId: string, step: string | null, text: string) => void;
}

/** Performs one thing that is due. Ends in a command; when the run moved on meanwhile its rejection is dropped. */
export type PerformWork<T extends Work["type"]> = (
  tools: WorkTools,
  state: RunState,
  work: Extract<Work, { readonly type: T }>,
  signal: AbortSignal,
) => Promise<void>;
