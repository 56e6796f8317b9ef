import { isoText } from "../../data/profile.ts";
import { refuse } from "../../data/refuse.ts";
import { quoteId, quoteText, stable, toCount, toNumber } from "../../data/sql.ts";
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

/** From this agreement on (0 chance, 1 always) the rows of one entity have one answer: to know the entity is to know the label. */
const ONE_ANSWER = 0.9;
/** Fewer entities that come back prove nothing about the others. */
const LEAST_ENTITIES = 20;

const fieldsOf = ({ profile }: Scope, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => findColumn(profile.columns, name)?.field ?? []);

/**
 * How much more often than by chance two rows of one entity have the same label, 0..1; for numbers the share of their variance that lies
 * between entities. Null where too few entities come back.
 */
const agreement = async (
  scope: Scope,
  target: Facts["target"],
  entity: readonly string[],
): Promise<number | null> => {
  const keys = fieldsOf(scope, entity).map(quoteId).join(", ");
  const rows = `(SELECT ${keys}, ${targetSql(target)} AS y FROM data WHERE ${quoteId(target.field)} IS NOT NULL)`;
  const [[back = 0] = []] = await scope.dataset.rows(
    `SELECT count(*) FROM (SELECT 1 FROM ${rows} GROUP BY ${keys} HAVING count(*) > 1)`,
  );
  if (toCount(back) < LEAST_ENTITIES) return null;
  if (target.kind === "regression") {
    const [[within, all] = []] = await scope.dataset.rows(
      `SELECT sum(v) / sum(m - 1), (SELECT var_samp(y) FROM ${rows}) FROM (SELECT var_pop(y) * count(*) AS v, count(*) AS m FROM ${rows} GROUP BY ${keys} HAVING count(*) > 1)`,
    );
    return Math.max(0, 1 - (toNumber(within) ?? 0) / Math.max(toNumber(all) ?? 0, 1e-300));
  }
  const [[same, chance] = []] = await scope.dataset.rows(
    `WITH cells AS (SELECT ${keys}, y, count(*) AS k FROM ${rows} GROUP BY ${keys}, y), groups AS (SELECT sum(k * (k - 1)) AS s, sum(k) AS m FROM cells GROUP BY ${keys}) SELECT sum(s) * 1.0 / sum(m * (m - 1)), (SELECT sum(q * q) FROM (SELECT sum(k) * 1.0 / sum(sum(k)) OVER () AS q FROM cells GROUP BY y)) FROM groups WHERE m > 1`,
  );
  const expected = toNumber(chance) ?? 1;
  return expected >= 1 ? 0 : Math.max(0, ((toNumber(same) ?? 0) - expected) / (1 - expected));
};

/** Why a cut by time would ask for labels that the training part already tells; null where it would not. */
const whyNotByTime = async (
  scope: Scope,
  target: Facts["target"],
  entity: readonly string[],
): Promise<string | null> => {
  if (entity.length === 0) return null;
  const agree = await agreement(scope, target, entity);
  return agree === null || agree < ONE_ANSWER
    ? null
    : `the rows of one ${entity.join(", ")} have one answer (agreement ${agree.toFixed(3)}, by chance 0), so a cut by time would ask for labels that were learned`;
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
  const fields = fieldsOf(scope, entity);
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
 * The split: as `training.split` says, else by event time where there is one that can be cut and entities do not keep one label, else by entity, else at random by a hash of
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
  const found = await byTime(scope, target, time);
  const known =
    wanted === "auto" && typeof found !== "string"
      ? await whyNotByTime(scope, target, keys.entity)
      : null;
  const timed = known ?? found;
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
