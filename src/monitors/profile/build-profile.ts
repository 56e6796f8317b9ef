import type { Duck } from "../../data/duck.ts";
import { quoteId, toCount, toNumber } from "../../data/sql.ts";
import { sha256 } from "../../lib/hash.ts";
import {
  asCategory,
  asEpochMs,
  isNumberType,
  isTimeType,
  isWideType,
} from "../source/column-sql.ts";
import { ALL_ROWS, readDoubles, withTypes } from "../source/read-columns.ts";
import type { Relation } from "../source/relation.ts";
import {
  type CategoricalProfile,
  categoricalProfile,
  MOST_CATEGORIES,
  MOST_REST,
} from "./categorical-profile.ts";
import { createCollector } from "./collect-column.ts";
import { KERNEL_VERSION, type NumericProfile, numericProfile } from "./numeric-profile.ts";
import type { ReferenceProfile } from "./profile.ts";

/** A column to watch. `auto`: by its type and how many values it has. */
export interface WatchedColumn {
  readonly field: string;
  readonly kind: "numeric" | "categorical" | "auto";
}

/** An integer column with so few values is compared as categories (monitoring.md 2.1). */
const FEW_VALUES = 20;
/** Columns read at a time, which bounds the memory: eight bytes a value. */
const AT_A_TIME = 10;

interface Sizes {
  readonly rows: number;
  readonly filled: ReadonlyMap<string, number>;
  readonly distinct: ReadonlyMap<string, number>;
}

const sizesOf = async (
  duck: Duck,
  relation: Relation,
  fields: readonly string[],
): Promise<Sizes> => {
  const list = fields.flatMap((field) => [
    `count(${quoteId(field)})`,
    `approx_count_distinct(${quoteId(field)})`,
  ]);
  const [row = []] = await withTypes(relation, ALL_ROWS, new Map(), ({ from }) =>
    duck.rows(`SELECT ${["count(*)", ...list].join(", ")} FROM ${from}`),
  );
  return {
    rows: toCount(row[0]),
    filled: new Map(fields.map((field, i) => [field, toCount(row[1 + 2 * i])] as const)),
    distinct: new Map(fields.map((field, i) => [field, toCount(row[2 + 2 * i])] as const)),
  };
};

type Kind = "numeric" | "categorical" | { readonly why: string };

const kindOf = (column: WatchedColumn, type: string, sizes: Sizes): Kind => {
  if (column.kind !== "auto") return column.kind;
  const distinct = sizes.distinct.get(column.field) ?? 0;
  const filled = sizes.filled.get(column.field) ?? 0;
  if (isTimeType(type)) return { why: "moves by itself: a later window has later dates" };
  if (isWideType(type)) return { why: "its integers exceed what a double holds" };
  const whole = isNumberType(type) && !/^(FLOAT|DOUBLE|DECIMAL)/.test(type);
  if (whole && distinct <= FEW_VALUES) return "categorical";
  if (isNumberType(type)) return "numeric";
  return distinct > filled / 2 && filled > FEW_VALUES
    ? { why: "nearly every row has a value of its own" }
    : "categorical";
};

const numericProfiles = async (
  duck: Duck,
  relation: Relation,
  fields: readonly string[],
  rows: number,
  identityOf: (field: string) => string,
): Promise<readonly NumericProfile[]> => {
  const profiles: NumericProfile[] = [];
  const types = new Map(fields.map((field) => [field, "DOUBLE"] as const));
  for (let at = 0; at < fields.length; at += AT_A_TIME) {
    const group = fields.slice(at, at + AT_A_TIME);
    const built = await withTypes(relation, ALL_ROWS, types, async (selected) => {
      const collectors = group.map(() => createCollector(rows));
      const notNumbers = await readDoubles(duck, selected, group, (place, batch) =>
        collectors[place]?.add(batch),
      );
      return collectors.map((collector, place) => {
        const field = group[place] ?? "";
        const apart = collector.apart(notNumbers[place] ?? 0);
        return numericProfile(field, identityOf(field), collector.values(), apart);
      });
    });
    profiles.push(...built);
  }
  return profiles;
};

const categoricalOf = async (
  duck: Duck,
  relation: Relation,
  field: string,
  identity: string,
): Promise<CategoricalProfile> =>
  withTypes(relation, ALL_ROWS, new Map(), async ({ from, typeOf }) => {
    await duck.rows(
      `CREATE OR REPLACE TEMP TABLE groups AS SELECT ${asCategory(field, typeOf(field))} AS value, count(*) AS n FROM ${from} GROUP BY 1`,
    );
    const [totals = []] = await duck.rows(
      "SELECT sum(n) FILTER (value IS NOT NULL), sum(n) FILTER (value IS NULL), count(value) FROM groups",
    );
    const groups = await duck.rows(
      `SELECT value, n FROM groups WHERE value IS NOT NULL ORDER BY n DESC, value LIMIT ${MOST_CATEGORIES + MOST_REST}`,
    );
    return categoricalProfile(
      field,
      identity,
      groups.map(([value, count]) => ({ value: String(value), count: toCount(count) })),
      { n: toCount(totals[0]), nulls: toCount(totals[1]), distinct: toCount(totals[2]) },
    );
  });

const spanOf = async (
  duck: Duck,
  relation: Relation,
  time: { readonly name: string; readonly type: string } | null,
): Promise<ReferenceProfile["time"]> => {
  if (time === null) return null;
  const at = asEpochMs(time.name, time.type);
  const [[low, high] = []] = await duck.rows(
    `SELECT min(t), max(t) FROM (SELECT ${at} AS t FROM ${relation.from()})`,
  );
  const [start, end] = [toNumber(low), toNumber(high)];
  return start === null || end === null ? null : { ...time, start, end };
};

/**
 * Profiles the columns of a reference; those it lacks are named in `notCompared`. `identity` stands for the reference's bytes. Throws
 * what DuckDB throws while reading.
 */
export const buildProfile = async (
  duck: Duck,
  relation: Relation,
  watched: readonly WatchedColumn[],
  identity: string,
  time: { readonly name: string; readonly type: string } | null = null,
): Promise<ReferenceProfile> => {
  const present = watched.filter(({ field }) => relation.columns.has(field));
  const sizes = await sizesOf(
    duck,
    relation,
    present.map(({ field }) => field),
  );
  const kinds = present.map((column) => ({
    field: column.field,
    kind: kindOf(column, relation.columns.get(column.field) ?? "VARCHAR", sizes),
  }));
  const identityOf = (field: string) => sha256(`${identity}\0${field}\0${KERNEL_VERSION}`);
  const ofKind = (wanted: string) =>
    kinds.filter(({ kind }) => kind === wanted).map(({ field }) => field);
  const numeric = await numericProfiles(duck, relation, ofKind("numeric"), sizes.rows, identityOf);
  const categorical: CategoricalProfile[] = [];
  for (const field of ofKind("categorical"))
    categorical.push(await categoricalOf(duck, relation, field, identityOf(field)));
  const order = new Map(watched.map(({ field }, place) => [field, place] as const));
  return {
    identity,
    rows: sizes.rows,
    columns: [...numeric, ...categorical].sort(
      (a, b) => (order.get(a.field) ?? 0) - (order.get(b.field) ?? 0),
    ),
    time: await spanOf(duck, relation, time),
    schema: [...relation.columns].map(([name, type]) => ({ name, type })),
    notCompared: [
      ...kinds.flatMap(({ field, kind }) =>
        typeof kind === "string" ? [] : [{ field, why: kind.why }],
      ),
      ...watched
        .filter(({ field }) => !relation.columns.has(field))
        .map(({ field }) => ({ field, why: "absent from the reference" })),
    ],
  };
};
