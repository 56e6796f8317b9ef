import { messageOf } from "../../lib/errors.ts";
import { sleep } from "../../lib/sleep.ts";
import type { MonitorRow, SlotRow } from "../../store/watch-rows.ts";
import { monitorActor, performCheck } from "./check.ts";
import type { WatchDeps } from "./deps.ts";
import type { DispatchIncident } from "./incidents.ts";
import { claimSlot, slotsDue } from "./slots.ts";

const IDLE_MS = 1_000;
const MINUTE_MS = 60_000;
/** Checks at once; each may hold a good part of the memory and both cores. */
const PARALLEL = 2;
const CLOCK = monitorActor("clock");
const PREFIX = "monitor/";

/** Does what schedules and Incidents are due for. One process at a time has the worker role. */
export interface Scheduler {
  /** Takes up the checks that a dead process left behind; called once after the role was taken. */
  readonly takeOver: () => Promise<void>;
  /** Looks once at everything: starts the checks that are due, tells Incidents the time. Gives how much was started. */
  readonly tick: () => Promise<number>;
  /** Ticks until the signal aborts: Incidents each second, schedules each minute; then waits for checks in flight. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Resolves when no check is in flight. */
  readonly settled: () => Promise<void>;
}

/** Another thing with schedules of its own, such as the digests. Gives how much it did. */
export type TickSchedules = (nowMs: number) => Promise<number>;

/** Runs tasks, at most `width` at once, in the order in which they came; a name that is queued already is not taken twice. */
const createQueue = (width: number) => {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, () => Promise<void>>();
  const pump = () => {
    for (const [name, task] of waiting) {
      if (running.size >= width) return;
      if (running.has(name)) continue;
      waiting.delete(name);
      const done = task().finally(() => {
        running.delete(name);
        pump();
      });
      running.set(name, done);
    }
  };
  return {
    has: (name: string) => running.has(name) || waiting.has(name),
    add: (name: string, task: () => Promise<void>) => {
      waiting.set(name, task);
      pump();
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
};

/** Tells every Incident whose time has come. Gives how many there were. */
const tickIncidents = async (
  deps: WatchDeps,
  dispatch: DispatchIncident,
  nowMs: number,
): Promise<number> => {
  const due = await deps.store.watch.incidentsDue(nowMs);
  for (const row of due) {
    await dispatch({
      key: `tick/${row.id}/${row.revision}/${row.nextAt}`,
      incidentId: row.id,
      actor: CLOCK,
      command: { type: "tick" },
    });
  }
  return due.length;
};

type Start = (monitor: MonitorRow, slot: SlotRow) => void;

// Only the newest missed slot is looked at: its windows cover what the older ones would have seen.
const startDue = async (
  deps: WatchDeps,
  monitor: MonitorRow,
  nowMs: number,
  start: Start,
): Promise<number> => {
  const schedule = `${PREFIX}${monitor.id}`;
  const last = await deps.store.watch.lastSlot(schedule);
  const due = slotsDue(monitor, last?.dueAt ?? monitor.createdAt, nowMs);
  const newest = due.at(-1);
  if (newest === undefined) return 0;
  const slot = await claimSlot(deps, schedule, newest, due.slice(0, -1));
  if (slot === null) return 0;
  deps.kill("slot.claimed");
  start(monitor, slot);
  return 1;
};

const tickMonitors = async (
  deps: WatchDeps,
  nowMs: number,
  isBusy: (schedule: string) => boolean,
  start: Start,
): Promise<number> => {
  let started = 0;
  for (const monitor of await deps.store.watch.monitors({ enabled: true })) {
    if (isBusy(`${PREFIX}${monitor.id}`)) continue;
    started += await startDue(deps, monitor, nowMs, start).catch((error: unknown) => {
      const fault = { monitor: monitor.id, error: messageOf(error) };
      deps.log.error("a monitor was not started", fault);
      return 0;
    });
  }
  return started;
};

/** Makes the scheduler. `more` are asked each minute after the Monitors. */
export const createScheduler = (
  deps: WatchDeps,
  dispatch: DispatchIncident,
  more: readonly TickSchedules[] = [],
): Scheduler => {
  const queue = createQueue(PARALLEL);
  const start: Start = (monitor, slot) =>
    queue.add(slot.schedule, () =>
      performCheck(deps, monitor, slot).catch((error: unknown) =>
        deps.log.error("a check failed", { monitor: monitor.id, error: messageOf(error) }),
      ),
    );
  const tickSchedules = async (): Promise<number> => {
    const nowMs = deps.clock.nowMs();
    let done = await tickMonitors(deps, nowMs, queue.has, start);
    for (const tick of more) done += await tick(nowMs);
    return done;
  };
  const run = async (signal: AbortSignal) => {
    let minute = -1;
    while (!signal.aborted) {
      const nowMs = deps.clock.nowMs();
      const now = Math.floor(nowMs / MINUTE_MS);
      try {
        await tickIncidents(deps, dispatch, nowMs);
        if (now !== minute) await tickSchedules();
        minute = now;
      } catch (error) {
        deps.log.error("the watch could not look", { error: messageOf(error) });
      }
      await sleep(IDLE_MS, signal);
    }
    await queue.settled();
  };
  return {
    takeOver: async () => {
      for (const slot of await deps.store.watch.claimed(PREFIX)) {
        const monitor = await deps.store.watch.monitor(slot.schedule.slice(PREFIX.length));
        if (monitor?.enabled) start(monitor, slot);
      }
    },
    tick: async () => {
      const told = await tickIncidents(deps, dispatch, deps.clock.nowMs());
      return told + (await tickSchedules());
    },
    run,
    settled: queue.settled,
  };
};
