import type { Duck } from "../../data/duck.ts";
import { createCollector } from "../profile/collect-column.ts";
import { type RowScope, readDoubles, withTypes } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import { sortDoubles } from "../stats/sort-doubles.ts";
import { sortedDistances } from "../stats/sorted-distances.ts";
import type { Exact } from "./measure-drift.ts";

/** Values of one side that are held at a time, about: eight bytes each. */
const MOST_VALUES = 20e6;
const LEAST_COLUMNS = 5;

/** Rows of one side of a comparison. */
export interface Side {
  readonly relation: Relation;
  readonly scope: RowScope;
}

const sortedColumns = (
  duck: Duck,
  { relation, scope }: Side,
  fields: readonly string[],
): Promise<readonly Float64Array[]> =>
  withTypes(
    relation,
    scope,
    new Map(fields.map((field) => [field, "DOUBLE"] as const)),
    async (selected) => {
      const collectors = fields.map(() => createCollector());
      await readDoubles(duck, selected, fields, (place, batch) => collectors[place]?.add(batch));
      return collectors.map((collector) => sortDoubles(collector.values()));
    },
  );

/** Columns read at a time, which bounds the memory; a file holds about eight bytes a value. */
const columnsAtATime = ({ relation }: Side): number => {
  const bytes = relation.files.reduce((sum, file) => sum + file.bytes, 0);
  const rows = bytes / (8 * Math.max(1, relation.columns.size));
  return Math.max(LEAST_COLUMNS, Math.floor(MOST_VALUES / Math.max(1, rows)));
};

/** Reads numeric columns of both sides again and gives their exact distances; a column without values on a side is left out. */
export const exactDistances = async (
  duck: Duck,
  reference: Side,
  current: Side,
  fields: readonly string[],
): Promise<ReadonlyMap<string, Exact>> => {
  const found = new Map<string, Exact>();
  const step = Math.min(columnsAtATime(reference), columnsAtATime(current));
  for (let at = 0; at < fields.length; at += step) {
    const group = fields.slice(at, at + step);
    const a = await sortedColumns(duck, reference, group);
    const b = await sortedColumns(duck, current, group);
    for (const [place, field] of group.entries()) {
      const [x, y] = [a[place], b[place]];
      if (x && y && x.length > 0 && y.length > 0) found.set(field, sortedDistances(x, y));
    }
  }
  return found;
};
