import { isoText } from "../../data/profile.ts";
import { refuse } from "../../data/refuse.ts";
import { quoteId, quoteText, stable, toCount } from "../../data/sql.ts";
import type { Facts } from "../../spec/facts.ts";
import { findColumn, percent, type Scope } from "./scope.ts";
import { targetSql } from "./target.ts";

type Split = Facts["split"];

/** A split and the SQL that says whether a row of `data` belongs to the hold-out. */
export interface PlannedSplit {
  readonly split: Split;
  readonly holdoutSql: string;
}

/** Fewer than this many cases of a class in the hold-out bound no metric. */
const LEAST_CASES = 10;

/** Rows of the hold-out, and of its rarest class (all rows for regression) on both sides. */
const supports = async (scope: Scope, target: Facts["target"], holdoutSql: string) => {
  const y = targetSql(target);
  const [[rows, held] = []] = await scope.dataset.rows(
    `SELECT count(*), count(*) FILTER (${holdoutSql}) FROM data WHERE ${quoteId(target.field)} IS NOT NULL`,
  );
  if (target.kind === "regression") {
    return {
      share: toCount(held) / toCount(rows),
      rarest: Math.min(toCount(held), toCount(rows) - toCount(held)),
      cells: 2,
    };
  }
  const cells = await scope.dataset.rows(
    `SELECT ${y} AS y, count(*) FILTER (${holdoutSql}), count(*) FILTER (NOT (${holdoutSql})) FROM data WHERE ${quoteId(target.field)} IS NOT NULL GROUP BY 1`,
  );
  const enough = cells.filter(
    ([, inside, outside]) => Math.min(toCount(inside), toCount(outside)) >= LEAST_CASES,
  );
  const rarest = Math.min(
    ...cells.map(([, inside, outside]) => Math.min(toCount(inside), toCount(outside))),
  );
  return { share: toCount(held) / toCount(rows), rarest, cells: enough.length };
};

/** The moment from which on about the wanted share of rows lies, at a value that occurs. */
const timeCut = async (scope: Scope, target: Facts["target"], field: string): Promise<string> => {
  const id = quoteId(field);
  const [[cut] = []] = await scope.dataset.rows(
    `SELECT quantile_disc(${id}, ${1 - scope.spec.training.holdout}) FROM data WHERE ${id} IS NOT NULL AND ${quoteId(target.field)} IS NOT NULL`,
  );
  return isoText(cut);
};

/** Evenly spread 0..1 per text, the same in every version: the first 8 hexadecimal digits of md5. */
const unit = (text: string): string =>
  `CAST('0x' || left(md5(${text}), 8) AS UBIGINT) / 4294967296.0`;

const byTime = async (
  scope: Scope,
  target: Facts["target"],
  time: Facts["time"],
): Promise<PlannedSplit | string> => {
  if (time.field === null) return "there is no event time";
  const cut = await timeCut(scope, target, time.field);
  const holdoutSql = `coalesce(${quoteId(time.field)} >= CAST(${quoteText(cut)} AS TIMESTAMP), false)`;
  const { share, cells } = await supports(scope, target, holdoutSql);
  const { holdout, folds } = scope.spec.training;
  if (share < holdout / 3 || share > Math.min(0.6, holdout * 2)) {
    return `too many rows share a moment: a cut at ${cut} would hold out ${percent(share)}`;
  }
  if (target.kind !== "regression" && cells < 2)
    return `a cut at ${cut} would leave a class with fewer than ${LEAST_CASES} rows on one side`;
  return {
    split: {
      kind: "time",
      cut,
      holdoutShare: stable(share),
      folds,
      reason: `the model will meet later rows than it learnt from, so the last ${percent(share)} by ${time.column} are held out`,
    },
    holdoutSql,
  };
};

const cannotSplit = (wanted: string, why: string, next: string) =>
  refuse("SPLIT_IMPOSSIBLE", {
    message: `The hold-out cannot be chosen by ${wanted}: ${why}.`,
    expected: "a column that divides the rows",
    got: why,
    next,
  });

/** Groups or single rows, drawn by a hash of the seed. */
const drawn = async (
  scope: Scope,
  target: Facts["target"],
  entity: readonly string[],
  why: string,
): Promise<PlannedSplit> => {
  const { holdout, folds } = scope.spec.training;
  const { seed } = scope.spec.pipeline;
  const fields = entity.flatMap((name) => findColumn(scope.profile.columns, name)?.field ?? []);
  const parts = fields.map((field) => `coalesce(CAST(${quoteId(field)} AS VARCHAR), '')`);
  const kind = fields.length > 0 ? "entity" : "random";
  const text = kind === "entity" ? parts.join(" || '|' || ") : "CAST(rowid AS VARCHAR)";
  const holdoutSql = `${unit(`'${seed}:' || ${text}`)} < ${holdout}`;
  const { share } = await supports(scope, target, holdoutSql);
  const how =
    kind === "entity"
      ? `whole groups of ${entity.join(", ")} are held out, so that none is on both sides`
      : "rows are held out at random, the same ones for the same seed";
  return {
    split: { kind, cut: null, holdoutShare: stable(share), folds, reason: `${why}; ${how}` },
    holdoutSql,
  };
};

/**
 * The split: as `training.split` says, else by event time where there is one that can be cut, else by entity, else at random by a hash of
 * seed and row. `holdoutShare` is the measured share of rows with a target. UserInputError SPLIT_IMPOSSIBLE when what is asked for cannot be.
 */
export const planSplit = async (
  scope: Scope,
  target: Facts["target"],
  time: Facts["time"],
  keys: Facts["keys"],
): Promise<PlannedSplit> => {
  const wanted = scope.spec.training.split;
  if (wanted === "random") return drawn(scope, target, [], "asked for by training.split");
  if (wanted === "entity") {
    if (keys.entity.length === 0)
      throw cannotSplit("entity", "there is none", "Name it: entity <column>.");
    return drawn(scope, target, keys.entity, "asked for by training.split");
  }
  const timed = await byTime(scope, target, time);
  if (typeof timed !== "string") return timed;
  if (wanted === "time")
    throw cannotSplit("time", timed, "Name a date or timestamp: event time <column>.");
  const planned = await drawn(scope, target, keys.entity, timed);
  scope.assume({
    subject: "split",
    assumed: planned.split.kind,
    why: timed,
    change: "training.split (comment: split by time, split by entity <column>, split at random)",
  });
  return planned;
};
