import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import { type Monitor, parseMonitor, parseMonitors } from "../../monitors/monitor.ts";
import type { Json } from "../../store/rows.ts";
import type { MonitorRow } from "../../store/watch-rows.ts";
import type { WatchDeps } from "./deps.ts";
import { mustBeSchedule, periodAt } from "./next-slot.ts";

/** What a team asks to have watched: a pipeline built here by one of its runs, or any model by a reference and what comes in. */
export type WatchRequest =
  | { readonly kind: "run"; readonly runId: string }
  | {
      readonly kind: "files";
      readonly name: string;
      readonly reference: string;
      readonly current: string;
      readonly cron?: string;
      readonly zone?: string;
      readonly time?: string;
      readonly window?: string;
    };

/** A run's part of what the watch needs: its monitors file, its repository and what its training left. */
export interface WatchedRun {
  readonly pipeline: string;
  readonly monitors: string | null;
  readonly directory: string;
  /** Where what training made inside the run is kept; it may not be there. */
  readonly trained: string;
}

export type ReadWatchedRun = (runId: string) => Promise<WatchedRun>;

const isAddress = (path: string): boolean => /^[a-z]+:\/\//i.test(path);
const within = (directory: string, path: string): string =>
  isAddress(path) || isAbsolute(path) ? path : resolve(directory, path);

const rowOf = (
  monitor: Monitor,
  pipeline: string,
  createdBy: string | null,
  nowMs: number,
): MonitorRow => ({
  id: monitor.id,
  pipeline,
  model: monitor.model,
  kind: monitor.kind,
  cron: monitor.schedule,
  zone: monitor.zone,
  enabled: true,
  spec: monitor as unknown as Json,
  createdBy,
  createdAt: nowMs,
  checkedAt: null,
  fault: null,
  state: null,
});

/** Figures of the training that the run itself made, or of one that people made in its repository. */
const figures = ({ directory, trained }: WatchedRun, path: string): string => {
  const kept = within(trained, path);
  return existsSync(kept) ? kept : within(directory, path);
};

/** A Monitor as the repository writes it, with places of this machine. A part of the run's own data is found at each look. */
const placed = (run: WatchedRun, monitor: Monitor): Monitor => {
  const source = within(run.directory, monitor.source);
  if (monitor.kind === "performance") {
    const { labels, reference } = monitor;
    return {
      ...monitor,
      source,
      ...(reference === undefined ? {} : { reference: figures(run, reference) }),
      ...(labels ? { labels: { ...labels, path: within(run.directory, labels.path) } } : {}),
    };
  }
  if (!("reference" in monitor) || typeof monitor.reference !== "string")
    return { ...monitor, source };
  return { ...monitor, source, reference: within(run.directory, monitor.reference) };
};

const fromRun = (run: WatchedRun): readonly Monitor[] => {
  if (run.monitors === null)
    throw new UserInputError("NO_MONITORS", `${run.pipeline} has no monitoring/monitors.yaml`, {
      next: "finish phase 4 of the run, or give reference and current",
    });
  return parseMonitors(run.monitors, "monitoring/monitors.yaml").map((monitor) =>
    parseMonitor(placed(run, monitor), monitor.id),
  );
};

const fromFiles = (request: Extract<WatchRequest, { readonly kind: "files" }>) => {
  const { cron, current, name, reference, time, window, zone } = request;
  const common = {
    model: name,
    source: current,
    reference,
    ...(cron === undefined ? {} : { schedule: cron }),
    ...(zone === undefined ? {} : { zone }),
    ...(window === undefined ? {} : { window }),
    columns: time === undefined ? {} : { time },
  };
  return [
    parseMonitor({ ...common, id: `${name}-drift`, kind: "drift" }),
    parseMonitor({ ...common, id: `${name}-quality`, kind: "quality" }),
  ];
};

/** A Monitor that was started, and what is to be said about it at once. */
export interface StartedMonitor {
  readonly row: MonitorRow;
  readonly everyHours: number;
}

const HOUR_MS = 3_600_000;

/**
 * Starts watching. A Monitor that is there already takes the new definition and keeps what it remembers only while source and
 * reference stay. UserInputError MONITORS_INVALID, NO_MONITORS, CRON_INVALID, ZONE_UNKNOWN.
 */
export const startWatch = async (
  deps: WatchDeps,
  readRun: ReadWatchedRun,
  request: WatchRequest,
  actor: Actor,
  key: string,
): Promise<readonly StartedMonitor[]> => {
  const nowMs = deps.clock.nowMs();
  const run = request.kind === "run" ? await readRun(request.runId) : null;
  const name = request.kind === "run" ? (run?.pipeline ?? "") : request.name;
  const monitors = request.kind === "files" ? fromFiles(request) : run ? fromRun(run) : [];
  for (const { schedule, zone } of monitors) mustBeSchedule({ cron: schedule, zone });
  const rows = monitors.map((monitor) => rowOf(monitor, name, actor.person, nowMs));
  const payloadHash = sha256(JSON.stringify(request));
  await deps.store.commit(
    { runId: `watch/${name}`, key, payloadHash, nowMs, actor },
    ({ reads }) => ({
      events: [],
      outbox: [],
      answer: rows.map((row) => row.id),
      watch: rows.map((row) => {
        const before = reads.watch.monitor(row.id);
        const same = before !== null && JSON.stringify(before.spec) === JSON.stringify(row.spec);
        return {
          op: "monitor" as const,
          row: same ? { ...before, enabled: true } : row,
        };
      }),
      audit: [
        { action: "WatchStarted", subject: name, detail: { monitors: rows.map(({ id }) => id) } },
      ],
    }),
  );
  return rows.map((row) => ({
    row,
    everyHours: periodAt({ cron: row.cron, zone: row.zone }, nowMs) / HOUR_MS,
  }));
};
