import { LEAST_ROWS } from "../data/aggregate-rules.ts";
import type { ColumnFacts, Facts } from "../spec/facts.ts";
import type { Json } from "./model.ts";
import type { DataLevel } from "./tools/tool.ts";
import type { Veil } from "./veil.ts";

/** Facts as they may leave the house, and how many cells of the data stand in them (values, extremes, figures of columns). */
export interface ReleasedFacts {
  readonly facts: Readonly<Record<string, Json>>;
  readonly cells: number;
}

type Parts = {
  readonly [K in keyof Facts]-?: (facts: Facts, level: DataLevel) => unknown;
};

const known = (facts: Facts, { nulls }: ColumnFacts): number => facts.profile.rows - nulls;

const quantiles = (column: ColumnFacts, values: number) =>
  Object.fromEntries(
    Object.entries(column.quantiles ?? {}).filter(([name]) => {
      const share = Number(name.slice(1)) / 100;
      return values * Math.min(share, 1 - share) >= LEAST_ROWS;
    }),
  );

const often = <T extends { readonly count: number }>(list: readonly T[]): readonly T[] =>
  list.filter(({ count }) => count >= LEAST_ROWS);

const columnFor = (facts: Facts, column: ColumnFacts, level: DataLevel): unknown => {
  const { averageLength, distinct, field, max, mean, min, name, nulls, personal, std, top, type } =
    column;
  const schema = { name, field, type, nulls, distinct, personal };
  const { written } = column;
  if (level === "schema" || personal !== null) return schema;
  if (level === "rows") return column;
  const values = known(facts, column);
  if (values < LEAST_ROWS) return schema;
  return {
    ...schema,
    ...(written === undefined ? {} : { written: { ...written, missing: undefined } }),
    ...(mean === undefined ? {} : { mean, std }),
    ...(averageLength === undefined ? {} : { averageLength }),
    ...(column.quantiles === undefined ? {} : { quantiles: quantiles(column, values) }),
    ...(top === undefined ? {} : { top: often(top), topLeftOut: top.length - often(top).length }),
    ...(min === undefined && max === undefined ? {} : { extremes: "left out" }),
  };
};

/** Values of a column that at least ten rows hold, as far as the facts count them. */
const oftenHeld = (facts: Facts, field: string): ReadonlySet<string> => {
  const column = facts.profile.columns.find((one) => one.field === field);
  const classes = facts.target.field === field ? often(facts.target.classes) : [];
  return new Set([
    ...often(column?.top ?? []).map(({ value }) => value),
    ...classes.map(({ label }) => label),
  ]);
};

const featureFor = (facts: Facts, feature: Facts["features"][number], level: DataLevel) => {
  const { categories, clip, reason, ...schema } = feature;
  if (level === "rows") return feature;
  if (level === "schema") return schema;
  const column = facts.profile.columns.find(({ field }) => field === feature.source);
  const tails = column === undefined ? 0 : known(facts, column) * 0.01;
  const held = oftenHeld(facts, feature.source);
  return {
    ...schema,
    clip: tails >= LEAST_ROWS ? clip : null,
    categories: categories?.filter((value) => held.has(value)) ?? null,
    reason,
  };
};

const targetFor = ({ target, ...rest }: Facts, level: DataLevel) => {
  const { classes, positive, ...figures } = target;
  const { baseRate, column, field, kind, labelDelayDays, nulls } = figures;
  if (level === "schema")
    return { column, field, kind, nulls, labelDelayDays, classCount: classes.length };
  if (level === "rows") return target;
  const held = oftenHeld({ target, ...rest }, field);
  return {
    ...figures,
    baseRate,
    classes: often(classes),
    classesLeftOut: classes.length - often(classes).length,
    positive: positive && {
      rule: positive.rule,
      labels: positive.labels.filter((label) => held.has(label)),
    },
  };
};

const withoutFigures = <T extends object>(value: T, ...keys: readonly (keyof T)[]): Partial<T> => {
  const left: Partial<T> = { ...value };
  for (const key of keys) delete left[key];
  return left;
};

/** One line per section of the facts: a new section does not compile until it is decided what of it may leave. */
const PARTS: Parts = {
  source: ({ source }) => withoutFigures(source, "uri"),
  sources: ({ sources }, level) =>
    sources?.map((one) =>
      level === "schema"
        ? { name: one.name, kind: one.kind, key: one.key }
        : withoutFigures(one, "uri", "credential"),
    ),
  snapshot: ({ snapshot }) => ({ bytes: snapshot.bytes }),
  profile: (facts, level) => ({
    ...withoutFigures(facts.profile, ...(level === "rows" ? [] : (["nullTokens"] as const))),
    columns: facts.profile.columns.map((column) => columnFor(facts, column, level)),
  }),
  keys: ({ keys }) => keys,
  time: ({ time }, level) =>
    level === "rows"
      ? time
      : withoutFigures(
          time,
          "min",
          "max",
          ...(level === "schema" ? (["spanDays", "gapDays"] as const) : []),
        ),
  arrival: ({ arrival }, level) => {
    if (level === "schema") return { period: arrival.period };
    const enough = ({ rows }: { readonly rows: number }) => level === "rows" || rows >= LEAST_ROWS;
    return { ...arrival, perPeriod: arrival.perPeriod.filter(enough) };
  },
  target: targetFor,
  assoc: ({ assoc }, level) =>
    level === "schema" ? assoc.map(({ column, field }) => ({ column, field })) : assoc,
  leakage: ({ leakage }, level) =>
    level === "schema" ? leakage.map((one) => withoutFigures(one, "evidence", "value")) : leakage,
  baseline: ({ baseline }, level) =>
    level === "schema"
      ? { metric: baseline.metric, greaterIsBetter: baseline.greaterIsBetter }
      : baseline,
  power: ({ power }, level) => (level === "schema" ? { rows: power.rows } : power),
  split: ({ split }, level) =>
    level === "schema"
      ? { kind: split.kind, folds: split.folds, holdoutShare: split.holdoutShare }
      : split,
  features: (facts, level) => facts.features.map((feature) => featureFor(facts, feature, level)),
  excluded: ({ excluded }, level) =>
    level === "schema" ? excluded.map((one) => withoutFigures(one, "reason")) : excluded,
  groups: ({ groups }) => groups,
  sizing: ({ sizing }) => sizing,
  load: ({ load }) => load,
  // Their reasons quote values of columns; what was assumed and how to change it does not.
  assumptions: ({ assumptions }, level) =>
    level === "rows"
      ? assumptions
      : assumptions.map((one) =>
          withoutFigures(one, "why", ...(level === "schema" ? (["assumed"] as const) : [])),
        ),
};

const veiled = (value: unknown, veil: Veil): Json => {
  if (typeof value === "string") return veil.hide(value).text;
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((one) => veiled(one, veil));
  const entries = Object.entries(value as object).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([key, one]) => [key, veiled(one, veil)]));
};

const CELL_KEYS = new Set(
  "min max mean std quantiles top averageLength categories clip classes labels perPeriod cut".split(
    " ",
  ),
);

const leaves = (value: Json): number =>
  typeof value === "object" && value !== null
    ? Object.values(value).reduce<number>((sum, one) => sum + leaves(one as Json), 0)
    : Number(value !== null);

/** Figures and values in released facts that say what is in the cells; names, types and counts of columns are none. */
export const cellsIn = (value: Json): number => {
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, one]) =>
      sum +
      (CELL_KEYS.has(key) && typeof one === "object"
        ? leaves(one as Json)
        : CELL_KEYS.has(key)
          ? 1
          : cellsIn(one as Json)),
    0,
  );
};

/**
 * The facts as far as `claude.data` lets them out. schema: names, types and counts. aggregates: no extremes, no value or group of fewer
 * than ten rows, no quantile with fewer beyond it. rows: all. Personal columns carry counts in each, and addresses never leave.
 */
export const releaseFacts = (facts: Facts, level: DataLevel, veil: Veil): ReleasedFacts => {
  const released = Object.fromEntries(
    Object.entries(PARTS).flatMap(([name, part]) => {
      const value: unknown = part(facts, level);
      return value === undefined ? [] : [[name, veiled(value, veil)]];
    }),
  );
  return { facts: released, cells: cellsIn(released) };
};
