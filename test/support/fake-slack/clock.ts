/** The one clock behind rates, triggers, redelivery and expiry. The app under test can be given `nowMs` and `sleep` of it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Runs once when `ms` have passed; the result cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Moves time ahead and runs what falls due on the way, in order; resolves when that has settled. */
  readonly advance: (ms: number) => Promise<void>;
  /** Drops every waiting timer and takes no new one. */
  readonly stop: () => void;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** `real`: time passes by itself and `advance` adds to it; `manual`: it stands still between calls of `advance`. */
export const createClock = (mode: "real" | "manual" = "real", startMs = Date.now()): Clock => {
  const begun = performance.now();
  const state: { offsetMs: number; wake: NodeJS.Timeout | null; stopped: boolean } = {
    offsetMs: 0,
    wake: null,
    stopped: false,
  };
  const timers = new Set<Timer>();
  const nowMs = () =>
    Math.floor(startMs + state.offsetMs + (mode === "real" ? performance.now() - begun : 0));
  const next = (): Timer | undefined =>
    [...timers].reduce<Timer | undefined>(
      (first, timer) => (first === undefined || timer.dueMs < first.dueMs ? timer : first),
      undefined,
    );
  const runDue = () => {
    for (let timer = next(); timer && timer.dueMs <= nowMs(); timer = next()) {
      timers.delete(timer);
      timer.run();
    }
    arm();
  };
  const arm = () => {
    if (state.wake) clearTimeout(state.wake);
    state.wake = null;
    const first = next();
    if (mode === "real" && first)
      state.wake = setTimeout(runDue, Math.max(1, first.dueMs - nowMs()));
  };
  const after = (ms: number, run: () => void) => {
    const timer: Timer = { dueMs: nowMs() + ms, run };
    if (!state.stopped) timers.add(timer);
    arm();
    return () => {
      timers.delete(timer);
    };
  };
  return {
    nowMs,
    after,
    sleep: (ms) =>
      new Promise((resolve) => {
        after(ms, resolve);
      }),
    advance: async (ms) => {
      const endMs = nowMs() + ms;
      for (let timer = next(); timer && timer.dueMs <= endMs; timer = next()) {
        state.offsetMs += Math.max(0, timer.dueMs - nowMs());
        runDue();
        await settle();
      }
      state.offsetMs += Math.max(0, endMs - nowMs());
      runDue();
      await settle();
    },
    stop: () => {
      state.stopped = true;
      timers.clear();
      arm();
    },
  };
};
