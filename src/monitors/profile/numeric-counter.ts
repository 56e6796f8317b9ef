import { type CellFinder, cellFinder, cellOf } from "./cell-finder.ts";
import { bounded, type NumericCounts, type NumericProfile } from "./numeric-profile.ts";

/** A batch of one column: `items` may be longer than `rows`; `valid` null means that no value is NULL, else bit i is row i. */
export interface Batch {
  readonly items: Float64Array;
  readonly valid: Uint8Array | null;
  readonly rows: number;
}

/** Counts a column's values, batch by batch, in O(edges) memory. */
export interface NumericCounter {
  readonly add: (batch: Batch) => void;
  readonly counts: (notNumbers?: number) => NumericCounts;
}

interface Tally {
  n: number;
  nulls: number;
  nan: number;
  negInf: number;
  posInf: number;
  min: number;
  max: number;
  sum: number;
}

const isNull = (valid: Uint8Array, i: number): boolean =>
  (((valid[i >>> 3] as number) >>> (i & 7)) & 1) === 0;

// NaN and infinities are told apart before the table is asked, or NaN would land in the top cell.
const countApart = (tally: Tally, value: number): void => {
  if (Number.isNaN(value)) tally.nan += 1;
  else if (value > 0) tally.posInf += 1;
  else tally.negInf += 1;
};

const addBatch = (
  finder: CellFinder,
  cells: Float64Array,
  tally: Tally,
  { items, rows, valid }: Batch,
): void => {
  let { max, min, n, sum } = tally;
  for (let i = 0; i < rows; i++) {
    if (valid !== null && isNull(valid, i)) {
      tally.nulls += 1;
      continue;
    }
    const value = items[i] as number;
    if (value - value !== 0) {
      countApart(tally, value);
      continue;
    }
    n += 1;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
    const cell = cellOf(finder, value);
    cells[cell] = (cells[cell] as number) + 1;
  }
  Object.assign(tally, { n, sum, min, max });
};

/** A counter over the cells of a profile. */
export const createNumericCounter = (profile: NumericProfile): NumericCounter => {
  const finder = cellFinder(profile.edges);
  const cells = new Float64Array(2 * profile.edges.length + 1);
  const tally: Tally = {
    n: 0,
    nulls: 0,
    nan: 0,
    negInf: 0,
    posInf: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    sum: 0,
  };
  return {
    add: (batch) => addBatch(finder, cells, tally, batch),
    counts: (notNumbers = 0) => ({
      kind: "numeric",
      identity: profile.identity,
      ...tally,
      sum: bounded(tally.sum),
      // A value that is not a number was read as NULL.
      nulls: tally.nulls - notNumbers,
      notNumbers,
      min: tally.n === 0 ? 0 : tally.min + 0,
      max: tally.n === 0 ? 0 : tally.max + 0,
      cells: cells.slice(),
    }),
  };
};
