import type { Work } from "../engine/context.ts";
import { due } from "../engine/due.ts";
import type { RunState } from "../engine/state.ts";
import { messageOf } from "../lib/errors.ts";
import { GIT_TARGET } from "./delivery/git-outbox.ts";
import { createPusher } from "./delivery/pusher.ts";
import { recordRest } from "./delivery/record-rest.ts";
import { performCheck } from "./work/check.ts";
import { performClaim } from "./work/claim.ts";
import { performExpire } from "./work/expire.ts";
import { performObserve } from "./work/observe.ts";
import type { WorkTools } from "./work/performer.ts";
import { performRepo } from "./work/repo.ts";
import { settleLeft } from "./work/settle.ts";
import { performTick } from "./work/tick.ts";
import { workerActor } from "./worker-actor.ts";

const IDLE_MS = 1_000;
const RETRY_MS = 5_000;
/** What recording and pushing what was approved may take when the worker stops. */
const LAST_MS = 20_000;
const RECENT = 20;
const MAX_WAITING = 200;

/** The part of the runtime that does what is due. One process at a time has the role. */
export interface Worker {
  /** Looks at every live run once and starts what is due and not in flight here; gives how much was started. */
  readonly sweep: () => Promise<number>;
  /** Sweeps on every wake and each second until the signal aborts, then waits for what is in flight. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Called after every commit, so that nothing waits for the next second. */
  readonly wake: () => void;
  /** Fences every attempt that another process left behind; called once after the role was taken. */
  readonly takeOver: () => Promise<void>;
  /** Resolves when nothing is in flight. */
  readonly settled: () => Promise<void>;
}

const perform = (
  tools: WorkTools,
  state: RunState,
  work: Work,
  signal: AbortSignal,
): Promise<void> => {
  switch (work.type) {
    case "claim":
      return performClaim(tools, state, work, signal);
    case "check":
      return performCheck(tools, state, work, signal);
    case "expire":
      return performExpire(tools, state, work, signal);
    case "tick":
      return performTick(tools, state, work, signal);
    case "observe":
      return performObserve(tools, state, work, signal);
    case "repo":
      return performRepo(tools, state, work, signal);
    default:
      return work satisfies never;
  }
};

// Work that only looks (observe) stays due by design; once is enough until the state that made it due changes.
const isOnce = (work: Work): boolean => work.type === "observe";

// Holding the role proves that every other owner is dead or has given it up, so nobody waits for their leases.
const takeOver = async (tools: WorkTools): Promise<void> => {
  await tools.store.outbox.takeOver(GIT_TARGET);
  for (const attempt of await tools.store.attempts.live()) {
    if (attempt.worker === tools.worker) continue;
    await tools.dispatch({
      key: `expire/${attempt.attemptId}/${attempt.fence}`,
      runId: attempt.runId,
      actor: workerActor(tools.worker),
      body: { type: "ExpireAttempt", attemptId: attempt.attemptId, fence: attempt.fence },
    });
  }
};

// A completed run still has what was approved last recorded in its repository, and releases that wait for people; once nothing is
// due (`recorded`: its seq then) it is not looked at again before its log grows.
const toSweep = async (
  { store }: WorkTools,
  recorded: ReadonlyMap<string, number>,
): Promise<readonly string[]> => {
  const live = await store.runs.live();
  const { items } = await store.runs.search({ status: ["completed"], limit: RECENT });
  const quiet = items.filter((run) => recorded.get(run.runId) !== run.headSeq);
  const waiting = await store.approvals.list({ limit: MAX_WAITING });
  return [...new Set([...live, ...quiet, ...waiting].map((run) => run.runId))];
};

// Heartbeats are no events: the lease that counts stands in a row beside the log.
const leasesNow = async ({ store }: WorkTools): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await store.attempts.live()).map((row) => [row.attemptId, row.leaseUntilMs]));

interface Bell {
  ring: () => void;
}

/** Waits a second, or until the bell rings or the signal aborts. */
const rest = (bell: Bell, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => end(), IDLE_MS);
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    bell.ring = end;
    signal.addEventListener("abort", end, { once: true });
  });

/** Makes the reconciler. `tools.worker` must be unique per process; `stop` aborts every work in flight. */
export const createWorker = (tools: WorkTools, stop: AbortSignal): Worker => {
  const inFlight = new Map<string, Promise<void>>();
  const notBefore = new Map<string, number>();
  const bell: Bell = { ring: () => {} };

  const start = (state: RunState, work: Work) => {
    const done = perform(tools, state, work, stop)
      .then(() => {
        if (isOnce(work)) notBefore.set(work.key, Number.POSITIVE_INFINITY);
      })
      .catch((error: unknown) => {
        if (stop.aborted) return;
        notBefore.set(work.key, tools.clock.nowMs() + RETRY_MS);
        tools.log.error("work failed", { work: work.key, error: messageOf(error) });
      })
      .finally(() => {
        inFlight.delete(work.key);
        bell.ring();
      });
    inFlight.set(work.key, done);
  };

  const isDue = (work: Work, nowMs: number) =>
    !inFlight.has(work.key) && work.notBeforeMs <= nowMs && (notBefore.get(work.key) ?? 0) <= nowMs;

  const recorded = new Map<string, number>();
  const sweep = async () => {
    let started = 0;
    await settleLeft(tools);
    const leases = await leasesNow(tools);
    for (const runId of await toSweep(tools, recorded)) {
      const state = await tools.store.runs.state(runId);
      const nowMs = tools.clock.nowMs();
      const limits = { maxParallelSteps: tools.config.claude.max_parallel_steps, leases };
      const works = due(state, nowMs, limits);
      if (state.status === "completed" && works.length === 0) recorded.set(runId, state.seq);
      for (const work of works) {
        if (stop.aborted || !isDue(work, nowMs)) continue;
        start(state, work);
        started += 1;
      }
    }
    return started;
  };

  const settled = async () => {
    await Promise.allSettled([...inFlight.values()]);
  };

  const pusher = createPusher(tools, stop);
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const resting = rest(bell, signal); // before the sweep, so that a ring during it is not lost
      pusher.push(() => bell.ring());
      const started = await sweep().catch((error: unknown) => {
        tools.log.error("sweep failed", { error: messageOf(error) });
        return 0;
      });
      if (started === 0 || inFlight.size > 0) await resting;
    }
    await settled();
    const last = AbortSignal.timeout(LAST_MS);
    await recordRest(tools, await toSweep(tools, recorded), last);
    await pusher.finish(last);
  };

  return { sweep, run, settled, takeOver: () => takeOver(tools), wake: () => bell.ring() };
};
