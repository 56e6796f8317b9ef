import type { Rate } from "./rates.ts";

/** Time as the queue sees it; tests give their own. */
export interface Timing {
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The lower, the earlier: decisions go first, progress last. */
export type Priority = 0 | 1 | 2;

export interface Job<T> {
  readonly lanes: readonly { readonly name: string; readonly rate: Rate }[];
  readonly priority: Priority;
  /** How long it may wait for its turn. */
  readonly patienceMs: number;
  readonly run: () => Promise<T>;
  /** What it comes to when its turn does not come in time; `waitMs` is until its lanes open. */
  readonly late: (waitMs: number) => T;
}

/** Queues with a rate each; a job waits until all its lanes are open. A closed lane stops no other. */
export interface Lanes {
  readonly add: <T>(job: Job<T>) => Promise<T>;
  /** Nothing passes this lane for so long (Slack's Retry-After). */
  readonly close: (lane: string, forMs: number) => void;
}

interface LaneState {
  readonly passes: number[];
  closedUntilMs: number;
  busy: boolean;
}

interface Waiting {
  readonly lanes: Job<unknown>["lanes"];
  readonly priority: Priority;
  readonly order: number;
  readonly deadlineMs: number;
  readonly start: () => void;
  readonly giveUp: (waitMs: number) => void;
}

/** When to ask again for a lane that somebody is in: nobody knows when a call ends. */
const BUSY_MS = 1_000;

const opensAt = (state: LaneState, rate: Rate, nowMs: number): number => {
  while (state.passes.length > 0 && (state.passes[0] ?? 0) + rate.windowMs <= nowMs)
    state.passes.shift();
  const full = state.passes.length >= rate.calls ? (state.passes[0] ?? 0) + rate.windowMs : nowMs;
  return Math.max(full, state.closedUntilMs);
};

/**
 * A queue of our own, because those on the registry keep their own timers, pause as a whole or take no injected clock.
 * Nothing in it outlives the process: what must not be lost is a row of the outbox.
 */
export const createLanes = ({ nowMs, sleep }: Timing): Lanes => {
  const states = new Map<string, LaneState>();
  let waiting: Waiting[] = [];
  let orders = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;

  const stateOf = (name: string): LaneState => {
    const known = states.get(name);
    if (known) return known;
    const made: LaneState = { passes: [], closedUntilMs: 0, busy: false };
    states.set(name, made);
    return made;
  };
  const openAt = ({ lanes }: Waiting, now: number): number =>
    Math.max(...lanes.map(({ name, rate }) => opensAt(stateOf(name), rate, now)));
  const wakeAt = (atMs: number) => {
    if (atMs >= wakeAtMs) return;
    wakeAtMs = atMs;
    void sleep(Math.max(1, atMs - nowMs())).then(() => {
      if (wakeAtMs === atMs) wakeAtMs = Number.POSITIVE_INFINITY;
      pump();
    });
  };
  // In order of priority and arrival: whoever's lanes are open goes, whoever cannot go in time is told so at once.
  const pump = () => {
    const now = nowMs();
    const queue = waiting.sort((a, b) => a.priority - b.priority || a.order - b.order);
    waiting = [];
    for (const job of queue) {
      const atMs = openAt(job, now);
      const busy = job.lanes.some(({ name }) => stateOf(name).busy);
      if (atMs <= now && !busy) job.start();
      else if (now >= job.deadlineMs || atMs > job.deadlineMs)
        job.giveUp(Math.max(atMs - now, BUSY_MS));
      else {
        waiting.push(job);
        wakeAt(busy ? job.deadlineMs : atMs); // the end of a call looks at the queue again
      }
    }
  };
  const pass = async <T>({ lanes, run }: Pick<Job<T>, "lanes" | "run">): Promise<T> => {
    const now = nowMs();
    const alone = lanes.filter(({ rate }) => rate.alone).map(({ name }) => stateOf(name));
    for (const { name, rate } of lanes)
      if (Number.isFinite(rate.calls)) stateOf(name).passes.push(now);
    for (const state of alone) state.busy = true;
    try {
      return await run();
    } finally {
      for (const state of alone) state.busy = false;
      setImmediate(pump);
    }
  };
  return {
    close: (lane, forMs) => {
      const state = stateOf(lane);
      state.closedUntilMs = Math.max(state.closedUntilMs, nowMs() + forMs);
    },
    add: (job) =>
      new Promise((resolve, reject) => {
        orders += 1;
        waiting.push({
          lanes: job.lanes,
          priority: job.priority,
          order: orders,
          deadlineMs: nowMs() + job.patienceMs,
          start: () => void pass(job).then(resolve, reject),
          giveUp: (waitMs) => resolve(job.late(waitMs)),
        });
        pump();
      }),
  };
};
