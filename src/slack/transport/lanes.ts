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
  /** From `ticket`; keeps its place among equals when it is added again. */
  readonly order: number;
  /** How long it may wait for its turn. */
  readonly patienceMs: number;
  readonly run: () => Promise<T>;
  /** What it comes to when its turn does not come in time; `waitMs` is until its lanes open. */
  readonly late: (waitMs: number) => T;
}

/** Queues with a rate each; a job waits until all its lanes are open. A closed lane stops no other. */
export interface Lanes {
  /** A place in the order of arrival. */
  readonly ticket: () => number;
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

type Places = Job<unknown>["lanes"];

/** When lanes were passed, until when they are closed, and whether somebody is in one that is passed alone. */
const createStates = (nowMs: () => number) => {
  const states = new Map<string, LaneState>();
  const of = (name: string): LaneState => {
    const known = states.get(name);
    if (known) return known;
    const made: LaneState = { passes: [], closedUntilMs: 0, busy: false };
    states.set(name, made);
    return made;
  };
  return {
    openAt: (lanes: Places, now: number): number =>
      Math.max(...lanes.map(({ name, rate }) => opensAt(of(name), rate, now))),
    isBusy: (lanes: Places): boolean => lanes.some(({ name }) => of(name).busy),
    close: (name: string, forMs: number) => {
      const state = of(name);
      state.closedUntilMs = Math.max(state.closedUntilMs, nowMs() + forMs);
    },
    /** Counts a pass from now on; the result ends it. */
    pass: (lanes: Places): (() => void) => {
      const alone = lanes.filter(({ rate }) => rate.alone).map(({ name }) => of(name));
      for (const { name, rate } of lanes)
        if (Number.isFinite(rate.calls)) of(name).passes.push(nowMs());
      for (const state of alone) state.busy = true;
      return () => {
        // Slack counts when a post arrives, which is some time before its answer.
        for (const state of alone) {
          state.busy = false;
          state.passes.push(nowMs());
          state.passes.shift();
        }
      };
    },
  };
};

/**
 * A queue of our own, because those on the registry keep their own timers, pause as a whole or take no injected clock.
 * Nothing in it outlives the process: what must not be lost is a row of the outbox.
 */
export const createLanes = ({ nowMs, sleep }: Timing): Lanes => {
  const states = createStates(nowMs);
  let waiting: Waiting[] = [];
  let orders = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;

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
      const atMs = states.openAt(job.lanes, now);
      const busy = states.isBusy(job.lanes);
      if (atMs <= now && !busy) job.start();
      else if (now >= job.deadlineMs || atMs > job.deadlineMs)
        job.giveUp(Math.max(atMs - now, BUSY_MS));
      else {
        waiting.push(job);
        wakeAt(busy ? job.deadlineMs : atMs); // the end of a call looks at the queue again
      }
    }
  };
  const go = async <T>({ lanes, run }: Pick<Job<T>, "lanes" | "run">): Promise<T> => {
    const end = states.pass(lanes);
    try {
      return await run();
    } finally {
      end();
      setImmediate(pump);
    }
  };
  return {
    ticket: () => {
      orders += 1;
      return orders;
    },
    close: states.close,
    add: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({
          ...job,
          deadlineMs: nowMs() + job.patienceMs,
          start: () => void go(job).then(resolve, reject),
          giveUp: (waitMs) => resolve(job.late(waitMs)),
        });
        pump();
      }),
  };
};
