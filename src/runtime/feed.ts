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

/** A feed that this process can also tell of its own commits. */
export interface WokenFeed extends RunFeed {
  /** Called after a commit, so that nobody here waits for the next poll. */
  readonly wake: () => void;
}

/** A feed that polls the log's head: cheap, and true for writes of other processes as well. */
export const createFeed = (
  events: Pick<EventReader, "head">,
  monotonicMs: () => number,
): WokenFeed => {
  const waiting = new Set<() => void>();
  let wakes = 0;
  const rest = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        waiting.delete(end);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      waiting.add(end);
      signal?.addEventListener("abort", end, { once: true });
    });
  return {
    waitFor: async (runId, seq, timeoutMs, signal) => {
      const until = monotonicMs() + timeoutMs;
      for (;;) {
        const seen = wakes;
        const head = await events.head(runId);
        if ((head?.seq ?? 0) > seq) return true;
        if (signal?.aborted || monotonicMs() >= until) return false;
        // A commit during the look is not slept through.
        if (wakes === seen) await rest(POLL_MS, signal);
      }
    },
    wake: () => {
      wakes += 1;
      for (const end of [...waiting]) end();
    },
  };
};
