import type { Facts } from "../../../spec/facts.ts";
import { BATCH_ROWS, cacheMb } from "../ml-engineer/conf.ts";

const DOUBLE_BYTES = 8;

/** Columns after coding: a category becomes one column per known value and two for the missing and the rest. */
const codedWidth = (facts: Facts): number =>
  facts.features.reduce(
    (sum, { transform, categories, missingFlag }) =>
      sum + (transform === "one_hot" ? (categories?.length ?? 50) + 2 : 1) + (missingFlag ? 1 : 0),
    0,
  );

/** What the code holds in memory and on disk for this dataset. Sizes in MB, rounded up. */
export const memoryOf = (facts: Facts) => {
  const width = codedWidth(facts);
  const megabytes = (rows: number): number => Math.ceil((rows * width * DOUBLE_BYTES) / 2 ** 20);
  return {
    width,
    batchRows: BATCH_ROWS,
    batchMb: megabytes(BATCH_ROWS),
    allMb: megabytes(facts.profile.rows),
    cacheMb: cacheMb(facts),
  };
};
