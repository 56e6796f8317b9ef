import type { EventReader } from "../store/groups.ts";

const POLL_MS = 150;

/** Tells waiting callers that a run has moved on, whichever process moved it. */
export interface RunFeed {
  /** Resolves true once the run has an event after `seq`, false after `timeoutMs` or when the caller went away. */
  readonly waitFor: (
    runId: string,
    seq: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<boolean>;
}

/** A feed that polls the log's head: cheap, and true for writes of other processes as well. */
export const createFeed = (
  events: Pick<EventReader, "head">,
  monotonicMs: () => number,
): RunFeed => ({
  waitFor: async (runId, seq, timeoutMs, signal) => {
    const end = monotonicMs() + timeoutMs;
    for (;;) {
      const head = await events.head(runId);
      if ((head?.seq ?? 0) > seq) return true;
      if (signal?.aborted || monotonicMs() >= end) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  },
});
