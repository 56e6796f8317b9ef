import { due } from "../../engine/due.ts";
import { messageOf } from "../../lib/errors.ts";
import type { WorkTools } from "../work/performer.ts";
import { performRepo } from "../work/repo.ts";

/** A phase is recorded in at most a commit per step and a tag. */
const MOST = 8;

const recordRun = async (tools: WorkTools, runId: string, signal: AbortSignal): Promise<void> => {
  const limits = { maxParallelSteps: 0 };
  for (let done = 0; done < MOST && !signal.aborted; done++) {
    const state = await tools.store.runs.state(runId);
    const work = due(state, tools.clock.nowMs(), limits).find((one) => one.type === "repo");
    if (work?.type !== "repo") return;
    await performRepo(tools, state, work, signal);
  }
};

/**
 * Commits and tags what was approved a moment before the worker stops: in a terminal nobody else may come to do it. A failure is
 * logged and left to the next worker.
 */
export const recordRest = async (
  tools: WorkTools,
  runIds: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  for (const runId of runIds) {
    await recordRun(tools, runId, signal).catch((error: unknown) =>
      tools.log.warn("not recorded before stopping", { runId, error: messageOf(error) }),
    );
  }
};
