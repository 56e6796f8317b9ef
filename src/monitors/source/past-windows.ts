import type { Duck } from "../../data/duck.ts";
import { toCount } from "../../data/sql.ts";
import type { Window } from "../window.ts";
import { asEpochMs } from "./column-sql.ts";
import { fileWindows, type PlannedWindow, timeScope } from "./plan-windows.ts";
import type { Relation } from "./relation.ts";

type Time = { readonly name: string; readonly type: string } | null;

/**
 * Windows that were judged before, as they can be selected now; with `time`, their rows are counted again, so that rows which came late
 * are seen. Windows whose rows are gone have none. Throws what DuckDB throws.
 */
export const pastWindows = async (
  duck: Duck,
  relation: Relation,
  time: Time,
  windows: readonly (Window & { readonly rows: number })[],
): Promise<readonly PlannedWindow[]> => {
  if (windows.length === 0) return [];
  if (time === null) {
    const groups = fileWindows(relation.files);
    return windows.map((window) => {
      const files = groups
        .filter(({ end }) => end > window.start && end <= window.end)
        .flatMap((group) => group.files);
      const rows = files.length === 0 ? 0 : window.rows;
      return { start: window.start, end: window.end, rows, scope: { where: "true", files } };
    });
  }
  const at = asEpochMs(time.name, time.type);
  const counts = windows.map(({ end, start }) => `count(*) FILTER (t >= ${start} AND t < ${end})`);
  const [row = []] = await duck.rows(
    `SELECT ${counts.join(", ")} FROM (SELECT ${at} AS t FROM ${relation.from()})`,
  );
  return windows.map((window, i) => ({
    start: window.start,
    end: window.end,
    rows: toCount(row[i]),
    scope: timeScope(relation, time, window),
  }));
};
