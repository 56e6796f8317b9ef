import type { Batch } from "./numeric-counter.ts";
import type { Apart } from "./numeric-profile.ts";

/** Gathers the finite values of one column, counting the others apart. */
export interface ColumnCollector {
  readonly add: (batch: Batch) => void;
  /** Finite values in reading order; the array is the collector's own and may be sorted. */
  readonly values: () => Float64Array;
  readonly apart: (notNumbers: number) => Apart;
}

const FIRST = 16_384;

/** A collector; `expected` rows are reserved at first. */
export const createCollector = (expected = FIRST): ColumnCollector => {
  let values = new Float64Array(Math.max(FIRST, expected));
  let n = 0;
  const apart = { nulls: 0, nan: 0, negInf: 0, posInf: 0 };
  const put = (value: number): void => {
    if (value - value === 0) {
      values[n] = value + 0;
      n += 1;
    } else if (Number.isNaN(value)) apart.nan += 1;
    else if (value > 0) apart.posInf += 1;
    else apart.negInf += 1;
  };
  return {
    add: ({ items, rows, valid }) => {
      if (n + rows > values.length) {
        const grown = new Float64Array(Math.max(2 * values.length, n + rows));
        grown.set(values.subarray(0, n));
        values = grown;
      }
      for (let i = 0; i < rows; i++) {
        const missing = valid !== null && (((valid[i >>> 3] as number) >>> (i & 7)) & 1) === 0;
        if (missing) apart.nulls += 1;
        else put(items[i] as number);
      }
    },
    values: () => values.subarray(0, n),
    apart: (notNumbers) => ({ ...apart, nulls: apart.nulls - notNumbers, notNumbers }),
  };
};
