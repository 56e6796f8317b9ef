import { refuse } from "../../data/refuse.ts";
import { quoteId, toCount } from "../../data/sql.ts";
import type { ColumnFacts, Facts } from "../../spec/facts.ts";
import { nearMatches } from "../../spec/intake-near.ts";
import { findColumn, type Scope } from "./scope.ts";

type Keys = Facts["keys"];

export const ID_NAME =
  /(^|_)(id|ids|key|code|no|nr|num|number|uuid|guid|ref|index|identifier|sku|isbn|vin)$|^(id|uid|row|rownum|record|column_1)(_|$)/;
/** Pairs are tried among so many columns, those of most values first: 28 pairs at most. */
const TRIED = 8;

const given = (scope: Scope): readonly ColumnFacts[] =>
  scope.spec.columns.entity.map((wanted) => {
    const column = findColumn(scope.profile.columns, wanted);
    if (column) return column;
    const names = scope.profile.columns.map(({ name }) => name);
    const near = nearMatches(wanted, names)[0];
    throw refuse("ENTITY_UNKNOWN", {
      message: `columns.entity names "${wanted}", which is no column of the dataset.`,
      expected: names.slice(0, 30).join(", "),
      got: wanted,
      next: near ? `Did you mean "${near}"?` : "Give columns.entity as one of these.",
    });
  });

/** Columns that may be part of a key: never the target, never a measured number. */
const usable = (scope: Scope): readonly ColumnFacts[] =>
  scope.profile.columns.filter(
    ({ name, type, nulls, distinct }) =>
      name !== scope.spec.target.column &&
      type !== "number" &&
      type !== "boolean" &&
      nulls === 0 &&
      distinct > 1,
  );

const uniquePairs = async (
  scope: Scope,
  columns: readonly ColumnFacts[],
): Promise<readonly string[][]> => {
  const most = [...columns].sort((a, b) => b.distinct - a.distinct).slice(0, TRIED);
  const pairs = most.flatMap((a, place) => most.slice(place + 1).map((b) => [a, b] as const));
  const likely = pairs.filter(([a, b]) => a.distinct * b.distinct >= scope.profile.rows);
  const found: string[][] = [];
  for (const [a, b] of likely) {
    const [[unique] = []] = await scope.dataset.rows(
      `SELECT count(*) FROM (SELECT DISTINCT ${quoteId(a.field)}, ${quoteId(b.field)} FROM data)`,
    );
    if (toCount(unique) === scope.profile.rows) found.push([a.name, b.name]);
  }
  return found;
};

/** The entity: given, else a column named like an identifier whose values repeat, so that its rows belong together. */
const findEntity = (scope: Scope): readonly string[] => {
  const asked = given(scope);
  if (asked.length > 0) return asked.map(({ name }) => name);
  const { rows } = scope.profile;
  const repeating = usable(scope).find(
    ({ field, distinct, personal }) =>
      (personal === "id" || ID_NAME.test(field)) &&
      distinct >= 10 &&
      distinct >= rows / 50 &&
      distinct < rows * 0.9,
  );
  scope.assume({
    subject: "entity",
    assumed: repeating?.name ?? "none: each row stands for itself",
    why: repeating
      ? "named like an identifier, and its values repeat"
      : "no column named like an identifier repeats",
    change: "columns.entity (comment: entity <column>)",
  });
  return repeating ? [repeating.name] : [];
};

/**
 * Keys: candidates that are unique and never missing (single columns, then pairs), the chosen one, and how many rows repeat it; without
 * one, rows are told apart by their whole content, and `duplicates` counts the repeated rows. UserInputError ENTITY_UNKNOWN.
 */
export const measureKeys = async (scope: Scope): Promise<Keys> => {
  const { rows } = scope.profile;
  const columns = usable(scope);
  const entity = [...findEntity(scope)];
  const singles = columns
    .filter(({ distinct }) => distinct === rows)
    .sort((a, b) => Number(ID_NAME.test(b.field)) - Number(ID_NAME.test(a.field)))
    .map(({ name }) => [name]);
  const candidates = singles.length > 0 ? singles : [...(await uniquePairs(scope, columns))];
  const [best] = candidates;
  const natural = best && (best.length > 1 ? null : columns.find(({ name }) => name === best[0]));
  if (
    best &&
    natural &&
    (ID_NAME.test(natural.field) || natural.type === "string" || singles.length === 1)
  ) {
    return {
      candidates,
      chosen: best,
      duplicates: 0,
      entity,
      reason: `"${best[0]}" is unique and never missing`,
    };
  }
  scope.assume({
    subject: "key",
    assumed: "the whole content of a row",
    why: best
      ? `only ${best.map((name) => `"${name}"`).join(" with ")} is unique, perhaps by chance`
      : "no column and no pair of columns is unique and never missing",
    change: "dataset.uri: data with an identifier per row",
  });
  return {
    candidates,
    chosen: [],
    duplicates: scope.profile.duplicateRows,
    entity,
    reason:
      "no identifier: rows are told apart by a hash of their content and of how often it came before",
  };
};
