import type { Duck } from "../../data/duck.ts";
import { toCount, toNumber } from "../../data/sql.ts";
import type { Monitor } from "../monitor.ts";
import { type Window, windowLength } from "../window.ts";
import { asEpochMs, isTimeType } from "./column-sql.ts";
import type { SourceFile } from "./data-source.ts";
import type { RowScope } from "./read-columns.ts";
import type { Relation } from "./relation.ts";

/** A window that can be judged: its rows, and how to select them. */
export interface PlannedWindow extends Window {
  readonly rows: number;
  readonly scope: RowScope;
}

export interface Plan {
  readonly windows: readonly PlannedWindow[];
  /** Rows that wait for their window to end or to fill. */
  readonly pendingRows: number;
  /** Complete windows that were left out because too many had gathered. */
  readonly skipped: number;
  readonly lengthMs: number;
  /** The column that says when; null when each file is a window. */
  readonly time: string | null;
  /** Newest event, epoch milliseconds; null when there is none. */
  readonly newest: number | null;
  /** Rows without a time, or with one in the future. */
  readonly untimed: number;
}

/** After downtime only the newest windows are judged one by one. */
const MOST_WINDOWS = 60;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TIME_NAMES = ["time", "timestamp", "event_time", "event_timestamp", "ts", "datetime", "date"];
/** A clock that is a little ahead is no fault. */
const AHEAD_MS = 5 * 60_000;

/** The column that holds event times: the Monitor's, else a date or timestamp column with a usual name. */
export const timeColumn = (
  relation: Relation,
  named: string | undefined,
): { readonly name: string; readonly type: string } | null => {
  if (named !== undefined) {
    const type = relation.columns.get(named);
    return type === undefined ? null : { name: named, type };
  }
  const found = [...relation.columns].find(
    ([name, type]) => TIME_NAMES.includes(name.toLowerCase()) && isTimeType(type),
  );
  return found ? { name: found[0], type: found[1] } : null;
};

interface Slot extends Window {
  readonly rows: number;
}

/** Joins neighbours until each window holds `minRows`; the last may hold fewer and then waits. */
const join = (
  slots: readonly Slot[],
  minRows: number,
): { readonly full: readonly Slot[]; readonly pending: number } => {
  const full: Slot[] = [];
  let open: Slot | null = null;
  for (const slot of slots) {
    open = open ? { start: open.start, end: slot.end, rows: open.rows + slot.rows } : slot;
    if (open.rows < minRows) continue;
    full.push(open);
    open = null;
  }
  return { full, pending: open?.rows ?? 0 };
};

const newestOf = <T>(
  all: readonly T[],
): { readonly kept: readonly T[]; readonly skipped: number } => ({
  kept: all.slice(-MOST_WINDOWS),
  skipped: Math.max(0, all.length - MOST_WINDOWS),
});

const DAY_TEXT = 86_400_000;

/** Files that can hold rows of a window: those of its days, with a day's margin, or all where paths name no day. */
const filesFor = (
  files: readonly SourceFile[],
  { end, start }: Window,
): readonly SourceFile[] | undefined => {
  if (files.length < 2 || files.some(({ day }) => day === null)) return undefined;
  const [from, to] = [start - DAY_TEXT, end + DAY_TEXT].map((at) =>
    new Date(at).toISOString().slice(0, 10),
  );
  const held = files.filter(({ day }) => day !== null && day >= (from ?? "") && day <= (to ?? ""));
  return held.length === 0 ? undefined : held;
};

/** Selects the rows of a window by the time column. */
export const timeScope = (
  relation: Relation,
  time: { readonly name: string; readonly type: string },
  window: Window,
): RowScope => {
  const at = asEpochMs(time.name, time.type);
  return {
    where: `${at} >= ${window.start} AND ${at} < ${window.end}`,
    files: filesFor(relation.files, window),
  };
};

const planByTime = async (
  duck: Duck,
  relation: Relation,
  time: { readonly name: string; readonly type: string },
  monitor: Monitor,
  since: number | null,
  known: number | null,
  now: number,
): Promise<Plan> => {
  const at = asEpochMs(time.name, time.type);
  const from = relation.from();
  const [[count, low, high, bad] = []] = await duck.rows(
    `SELECT count(*) FILTER (t <= ${now}), min(t) FILTER (t <= ${now}), max(t) FILTER (t <= ${now}), count(*) FILTER (t IS NULL OR t > ${now + AHEAD_MS}) FROM (SELECT ${at} AS t FROM ${from})`,
  );
  const [oldest, newest] = [toNumber(low), toNumber(high)];
  const untimed = toCount(bad);
  const rate = toCount(count) / Math.max(1, ((newest ?? 0) - (oldest ?? 0)) / HOUR);
  const lengthMs = known ?? windowLength(monitor, rate);
  const empty = {
    windows: [],
    pendingRows: 0,
    skipped: 0,
    lengthMs,
    time: time.name,
    newest,
    untimed,
  };
  if (oldest === null) return empty;
  const start = Math.max(
    since ?? Number.NEGATIVE_INFINITY,
    Math.floor(oldest / lengthMs) * lengthMs,
  );
  const end = Math.floor(now / lengthMs) * lengthMs;
  const rows = await duck.rows(
    `SELECT CAST(floor(t / ${lengthMs}) AS BIGINT) AS slot, count(*) FROM (SELECT ${at} AS t FROM ${from}) WHERE t >= ${start} AND t <= ${now} GROUP BY 1 ORDER BY 1`,
  );
  const slots = rows.map(([slot, n]) => ({
    start: toCount(slot) * lengthMs,
    end: (toCount(slot) + 1) * lengthMs,
    rows: toCount(n),
  }));
  const { full, pending } = join(
    slots.filter((slot) => slot.end <= end),
    monitor.min_rows,
  );
  const { kept, skipped } = newestOf(full);
  const windows = kept.map((slot) => ({ ...slot, scope: timeScope(relation, time, slot) }));
  const open = slots.filter((slot) => slot.end > end).reduce((sum, slot) => sum + slot.rows, 0);
  return { ...empty, windows, skipped, pendingRows: pending + open };
};

/** Windows of files, in order: the day their path names, else between the times they were written. */
export const fileWindows = (
  files: readonly SourceFile[],
): readonly (Window & { readonly files: readonly SourceFile[] })[] => {
  const groups = new Map<string, SourceFile[]>();
  for (const file of files) {
    const key = file.day ?? file.path;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const windows: (Window & { readonly files: readonly SourceFile[] })[] = [];
  for (const group of groups.values()) {
    const before = windows.at(-1)?.end;
    const day = group[0]?.day ?? null;
    const named = day === null ? Number.NaN : Date.parse(`${day}T00:00:00Z`);
    const written = Math.round(Math.max(...group.map(({ mtimeMs }) => mtimeMs)));
    const end = Number.isNaN(named) ? written : named + DAY;
    const start = Number.isNaN(named) ? (before ?? end - HOUR) : named;
    windows.push({
      start: Math.min(start, end - 1),
      end: Math.max(end, (before ?? end - 1) + 1),
      files: group,
    });
  }
  return windows;
};

const planByFile = async (
  duck: Duck,
  relation: Relation,
  monitor: Monitor,
  since: number | null,
): Promise<Plan> => {
  const fresh = fileWindows(relation.files).filter(({ end }) => since === null || end > since);
  const { kept, skipped } = newestOf(fresh);
  const windows: PlannedWindow[] = [];
  let pending: PlannedWindow | null = null;
  for (const { end, files, start } of kept) {
    const [[count] = []] = await duck.rows(`SELECT count(*) FROM ${relation.from({ files })}`);
    const joined: PlannedWindow = {
      start: pending?.start ?? start,
      end,
      rows: (pending?.rows ?? 0) + toCount(count),
      scope: { where: "true", files: [...(pending?.scope.files ?? []), ...files] },
    };
    const enough: boolean = joined.rows >= monitor.min_rows;
    pending = enough ? null : joined;
    if (enough) windows.push(joined);
  }
  return {
    windows,
    pendingRows: pending?.rows ?? 0,
    skipped,
    lengthMs: DAY,
    time: null,
    newest: relation.files.length === 0 ? null : Math.max(...relation.files.map((f) => f.mtimeMs)),
    untimed: 0,
  };
};

/**
 * The windows that have ended by `now` and were not judged yet (`since`: end of the last one). `known` is the length that an earlier look
 * settled on. Throws what DuckDB throws while reading.
 */
export const planWindows = (
  duck: Duck,
  relation: Relation,
  monitor: Monitor,
  since: number | null,
  known: number | null,
  now: number,
): Promise<Plan> => {
  const time = timeColumn(relation, monitor.columns.time);
  return time
    ? planByTime(duck, relation, time, monitor, since, known, now)
    : planByFile(duck, relation, monitor, since);
};
