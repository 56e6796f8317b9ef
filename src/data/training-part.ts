import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NewId } from "../lib/id.ts";
import type { Dataset } from "./dataset.ts";
import { type HoldoutRule, heldOut } from "./holdout.ts";
import { quoteId, quoteText } from "./sql.ts";

/** Which rows a pipeline learned from; `target` and `time` are fields, `personal` names of columns. */
export interface TrainingRule extends HoldoutRule {
  /** Rows so many days before the cut of a split by time had no label yet when the hold-out began. */
  readonly labelDelayDays: number;
}

const unlabelledYet = ({ labelDelayDays, split, time }: TrainingRule): string => {
  if (split.kind !== "time" || time === null || split.cut === null || labelDelayDays <= 0)
    return "false";
  const cut = `CAST(${quoteText(split.cut)} AS TIMESTAMP)`;
  return `coalesce(${quoteId(time)} >= ${cut} - INTERVAL (${labelDelayDays * 86_400}) SECOND AND ${quoteId(time)} < ${cut}, false)`;
};

/**
 * Writes the rows that a pipeline learned from to a Parquet file, under field names, without personal columns, whole or not at all. With a
 * split by time they are the very rows; drawn by chance or by entity they are as many, drawn alike. Throws what DuckDB throws.
 */
export const writeTrainingPart = async (
  dataset: Dataset,
  rule: TrainingRule,
  path: string,
  newId: NewId,
): Promise<void> => {
  const shown = dataset.columns.filter(({ name }) => !rule.personal.includes(name));
  const list = shown.map(({ field }) => quoteId(field)).join(", ");
  const made = join(dataset.scratch, "training.parquet");
  const partial = join(dirname(path), `.partial-${newId()}`);
  const where = `${quoteId(rule.target)} IS NOT NULL AND NOT coalesce(${heldOut(rule)}, false) AND NOT ${unlabelledYet(rule)}`;
  try {
    await dataset.connection.run(
      `COPY (SELECT ${list} FROM data WHERE ${where} ORDER BY rowid) TO ${quoteText(made)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    await mkdir(dirname(path), { recursive: true });
    await copyFile(made, partial);
    await rename(partial, path);
  } finally {
    await rm(made, { force: true });
    await rm(partial, { force: true });
  }
};
