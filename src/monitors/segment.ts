import { quoteId, quoteText } from "../data/sql.ts";
import type { RowScope } from "./source/read-columns.ts";

/** A part of the rows: those whose `field` has this value. */
export interface Segment {
  readonly field: string;
  readonly value: string;
}

/** SQL of the rows of a segment; all rows for null. */
export const segmentWhere = (segment: Segment | null): string =>
  segment === null
    ? "true"
    : `CAST(${quoteId(segment.field)} AS VARCHAR) = ${quoteText(segment.value)}`;

const both = (a: string, b: string): string =>
  a === "true" ? b : b === "true" ? a : `${a} AND ${b}`;

/** The rows of a scope that belong to a segment. */
export const narrow = (scope: RowScope, segment: Segment | null): RowScope => ({
  ...scope,
  where: both(scope.where, segmentWhere(segment)),
});
