import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Facts } from "../spec/facts.ts";
import type { Dataset } from "./dataset.ts";
import { quoteId, quoteText } from "./sql.ts";

/** Rows to learn from and rows to be judged on, as Parquet under the columns' own names, without personal columns. */
export interface Holdout {
  readonly fit: Uint8Array;
  /** Without the target. */
  readonly hold: Uint8Array;
  /** The target of each row of `hold`, as text. */
  readonly truth: readonly string[];
}

/** What decides which rows are held out; `target` and `time` are fields. */
export interface HoldoutRule {
  readonly split: Facts["split"];
  readonly time: string | null;
  readonly entity: readonly string[];
  readonly target: string;
  readonly personal: readonly string[];
  readonly seed: number;
}

/** SQL that is true for a row that is held out; NULL where its time is missing. */
export const heldOut = ({
  entity,
  seed,
  split,
  time,
}: Pick<HoldoutRule, "entity" | "seed" | "split" | "time">): string => {
  if (split.kind === "time" && time !== null && split.cut !== null)
    return `${quoteId(time)} >= CAST(${quoteText(split.cut)} AS TIMESTAMP)`;
  const key =
    split.kind === "entity" && entity.length > 0
      ? entity
          .map((field) => `coalesce(CAST(${quoteId(field)} AS VARCHAR), '')`)
          .join(" || '/' || ")
      : "CAST(rowid AS VARCHAR)";
  return `hash(${quoteText(`${seed}/`)} || ${key}) % 10000 < ${Math.round(split.holdoutShare * 10_000)}`;
};

const copy = async (dataset: Dataset, select: string): Promise<Uint8Array> => {
  const file = join(dataset.scratch, "holdout.parquet");
  await dataset.connection.run(`COPY (${select}) TO ${quoteText(file)} (FORMAT parquet)`);
  try {
    return await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
};

/**
 * Divides the labelled rows as the facts say. The same dataset and rule give the same division; what is learned from `fit` has seen
 * nothing of `hold`.
 */
export const splitHoldout = async (dataset: Dataset, rule: HoldoutRule): Promise<Holdout> => {
  const shown = dataset.columns.filter(({ name }) => !rule.personal.includes(name));
  const named = shown.map(
    ({ field, name }) => [field, `${quoteId(field)} AS ${quoteId(name)}`] as const,
  );
  const target = quoteId(rule.target);
  const from = `FROM data WHERE ${target} IS NOT NULL AND coalesce(${heldOut(rule)}, false)`;
  const rows = await dataset.rows(`SELECT CAST(${target} AS VARCHAR) ${from} ORDER BY rowid`);
  const all = named.map(([, text]) => text).join(", ");
  const features = named.filter(([field]) => field !== rule.target).map(([, text]) => text);
  return {
    truth: rows.map(([value]) => String(value)),
    hold: await copy(dataset, `SELECT ${features.join(", ")} ${from} ORDER BY rowid`),
    fit: await copy(
      dataset,
      `SELECT ${all} FROM data WHERE ${target} IS NOT NULL AND NOT coalesce(${heldOut(rule)}, false) ORDER BY rowid`,
    ),
  };
};
