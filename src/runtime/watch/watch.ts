import type { Actor } from "../../engine/command.ts";
import { performCheck } from "./check.ts";
import type { WatchDeps } from "./deps.ts";
import { incidentChart } from "./incident-chart.ts";
import { createDispatchIncident, type DispatchIncident } from "./incidents.ts";
import { isLate } from "./late.ts";
import { createScheduler, type Scheduler, type TickSchedules } from "./scheduler.ts";
import { slotRow } from "./slots.ts";
import {
  type ReadWatchedRun,
  type StartedMonitor,
  startWatch,
  type WatchRequest,
} from "./start-watch.ts";
import {
  type IncidentView,
  listIncidents,
  type MonitorView,
  monitorView,
  readIncident,
  readIncidentLines,
} from "./views.ts";

/** The watch as operations and roots use it. */
export interface Watch {
  readonly start: (
    request: WatchRequest,
    actor: Actor,
    key: string,
  ) => Promise<readonly StartedMonitor[]>;
  /** Looks now, whatever the schedule says. */
  readonly checkNow: (monitorId: string, key: string) => Promise<void>;
  readonly monitors: (pipeline?: string) => Promise<readonly MonitorView[]>;
  readonly incident: (ref: string) => Promise<IncidentView | null>;
  readonly incidentLines: (ref: string, from?: number) => ReturnType<typeof readIncidentLines>;
  readonly incidents: (
    query: Parameters<WatchDeps["store"]["watch"]["incidents"]>[0],
  ) => Promise<readonly IncidentView[]>;
  readonly chart: (
    ref: string,
  ) => Promise<{ readonly png: Uint8Array; readonly alt: string } | null>;
  readonly command: DispatchIncident;
  readonly scheduler: (more?: readonly TickSchedules[]) => Scheduler;
}

/** Makes the watch. It holds nothing that a crash could lose. */
export const createWatch = (deps: WatchDeps, readRun: ReadWatchedRun): Watch => {
  const { watch } = deps.store;
  const command = createDispatchIncident(deps);
  return {
    start: (request, actor, key) => startWatch(deps, readRun, request, actor, key),
    checkNow: async (monitorId, key) => {
      const monitor = await watch.monitor(monitorId);
      if (monitor === null) return;
      const nowMs = deps.clock.nowMs();
      // A slot beside the schedule's own, under a schedule of its own: the next regular one stays due.
      const slot = { slot: `now/${key}`, atMs: nowMs };
      await performCheck(deps, monitor, slotRow(`asked/${monitorId}`, slot, "claimed", nowMs));
    },
    monitors: async (pipeline) => {
      const rows = await watch.monitors(pipeline === undefined ? {} : { pipeline });
      const nowMs = deps.clock.nowMs();
      return Promise.all(
        rows.map(async (row) =>
          monitorView(row, await watch.latestVerdicts(row.id), isLate(row, nowMs)),
        ),
      );
    },
    incident: (ref) => readIncident(deps, ref),
    incidentLines: (ref, from) => readIncidentLines(deps, ref, from),
    incidents: async (query) => listIncidents(deps, await watch.incidents(query)),
    chart: async (ref) => {
      const view = await readIncident(deps, ref);
      return view === null ? null : incidentChart(view);
    },
    command,
    scheduler: (more = []) => createScheduler(deps, command, more),
  };
};
