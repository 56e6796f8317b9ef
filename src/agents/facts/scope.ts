import type { Assumption, Dataset } from "../../data/dataset.ts";
import type { PersonalKind } from "../../data/personal.ts";
import { quoteId } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import type { PipelineSpec } from "../../spec/spec.ts";

/** What every fact family may read. `assume` records a default that was taken. */
export interface Scope {
  readonly dataset: Dataset;
  readonly spec: PipelineSpec;
  readonly profile: Facts["profile"];
  readonly personal: ReadonlyMap<string, PersonalKind>;
  readonly assume: (assumption: Assumption) => void;
}

/** What families may read once target, time and split are known. `learn(fields)` gives these fields beside the marks of the rows. */
export interface LearnScope extends Scope {
  readonly target: Facts["target"];
  readonly time: Facts["time"];
  /** Columns but the target and personal ones. */
  readonly candidates: readonly ColumnFacts[];
}

/**
 * SQL of the rows to learn from: the named fields beside `_y`, `_n`, `_holdout` and `_fold`. Only what is asked for is bound, because a
 * query over all of 2,000 columns takes as long to plan as to run.
 */
export const learn = (...fields: readonly string[]): string =>
  `(SELECT ${[...fields.map(quoteId), "_y", "_n", "_holdout", "_fold"].join(", ")} FROM data POSITIONAL JOIN marks) AS learn`;

/** The column that people named, by exact name, else by field. */
export const findColumn = (
  columns: readonly ColumnFacts[],
  name: string,
): ColumnFacts | undefined =>
  columns.find((column) => column.name === name) ?? columns.find((column) => column.field === name);

export const isNumeric = ({ type }: Pick<ColumnFacts, "type">): boolean =>
  type === "integer" || type === "number";
export const isTime = ({ type }: Pick<ColumnFacts, "type">): boolean =>
  type === "date" || type === "timestamp";
/** Columns of names or codes that are used category by category. */
export const isCategorical = ({ type }: Pick<ColumnFacts, "type">): boolean =>
  type === "string" || type === "boolean";

/** Above half as many values as rows, text identifies or describes single rows; categories must repeat to teach anything. */
export const repeats = ({ distinct, nulls }: ColumnFacts, rows: number): boolean =>
  distinct <= (rows - nulls) / 2 && distinct <= 5_000;

/** Percent with one decimal, for people. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
