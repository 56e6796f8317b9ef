import type { Duck } from "../../data/duck.ts";
import { BugError } from "../../lib/errors.ts";
import type { Batch } from "../profile/numeric-counter.ts";

/** What `@duckdb/node-api` 1.5.6-r.1 keeps private: reading it directly is three times as fast as `getItem`, which uses BigInt per cell. */
interface DoubleVector {
  readonly items: Float64Array;
  readonly validity: { readonly data: BigUint64Array | null; readonly offset: number };
}

const asDoubles = (vector: unknown): DoubleVector => {
  const { items, validity } = vector as Partial<DoubleVector>;
  const known =
    items instanceof Float64Array &&
    validity?.offset === 0 &&
    (validity.data === null || validity.data instanceof BigUint64Array);
  if (known) return { items, validity };
  throw new BugError("DUCKDB_VECTOR", "expected a vector of doubles with its validity bits");
};

/** One column of a chunk as a batch; `rows` is the chunk's row count, which `items` may exceed. */
const batchOf = (vector: unknown, rows: number): Batch => {
  const { items, validity } = asDoubles(vector);
  const bits = validity.data;
  const valid =
    bits === null ? null : new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
  return { items, valid, rows };
};

/**
 * Streams the columns of a SELECT whose columns are all DOUBLE, batch by batch: `add(column, batch)`. A batch is valid only during the
 * call. Throws what DuckDB throws while reading.
 */
export const scanDoubles = async (
  duck: Duck,
  sql: string,
  columns: number,
  add: (column: number, batch: Batch) => void,
): Promise<void> => {
  const result = await duck.connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (let column = 0; column < columns; column++)
      add(column, batchOf(chunk.getColumnVector(column), chunk.rowCount));
  }
};
