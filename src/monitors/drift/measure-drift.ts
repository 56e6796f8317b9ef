import type { Measure, Statistic } from "../measure.ts";
import {
  type CategoricalCounts,
  type CategoricalProfile,
  categoryName,
  countVector,
} from "../profile/categorical-profile.ts";
import { binShares, ksBounds, wassersteinBounds } from "../profile/ks-bounds.ts";
import { type Counts, rowsOf } from "../profile/merge.ts";
import { BINS, type NumericCounts, type NumericProfile } from "../profile/numeric-profile.ts";
import type { ColumnProfile, ReferenceProfile, WindowCounts } from "../profile/profile.ts";
import { fisherP, isRare } from "../stats/fisher.ts";
import { homogeneity } from "../stats/homogeneity.ts";
import { EXACT_ROWS, ksP } from "../stats/ks-p.ts";
import { jensenShannon, psi, psiNoise } from "../stats/shares.ts";

/** W1 is reported in units of the reference's σ, which is at least this (monitoring.md 2.3). */
const LEAST_SIGMA = 0.001;

/** Exact distances of a numeric column, where somebody read the values again. */
export interface Exact {
  readonly ks: number;
  readonly wasserstein: number;
}

/** Whose window is measured; copied into each Measure. */
export interface MeasureScope {
  readonly monitor: string;
  readonly segment: string | null;
  readonly window: { readonly start: number; readonly end: number };
  /** Appended to the names of the figures: "" for the window itself, `_pooled` for the slow path, `_grown` … */
  readonly suffix: string;
  /** Which rows of the reference are compared with, in words. */
  readonly baseline: string;
}

const remarkTies = (profile: NumericProfile): readonly string[] =>
  profile.distinct < profile.counts.n ? ["ties make the exact p conservative"] : [];

const signOf = (reference: NumericCounts, current: NumericCounts): "up" | "down" =>
  current.sum / current.n >= reference.sum / reference.n ? "up" : "down";

/** KS with its bounds, exact where `exact` is given or nothing is hidden in a cell. Both sides hold finite values. */
export const ksStatistic = (
  profile: NumericProfile,
  reference: NumericCounts,
  current: NumericCounts,
  exact?: Exact,
): Statistic => {
  const bounds = exact ? { lo: exact.ks, hi: exact.ks } : ksBounds(reference, current);
  const n = { reference: reference.n, current: current.n };
  const p = ksP(n.reference, n.current, bounds.lo).p;
  const asymptotic = Math.max(n.reference, n.current) > EXACT_ROWS;
  return {
    statistic: bounds.lo,
    ...bounds,
    p,
    n,
    method: bounds.lo === bounds.hi ? "exact" : "cells",
    remarks: [...(asymptotic ? ["asymptotic p"] : []), ...remarkTies(profile)],
  };
};

const reported = (profile: NumericProfile, reference: NumericCounts, current: NumericCounts) => {
  const p = binShares(profile, reference);
  const q = binShares(profile, current);
  return {
    psi: psi(p, q),
    psi_noise: psiNoise(BINS, reference.n, current.n),
    js: jensenShannon(p, q),
    bins: { edges: profile.psiEdges, reference: p, current: q },
  };
};

const numericMeasure = (
  scope: MeasureScope,
  profile: NumericProfile,
  reference: NumericCounts,
  current: NumericCounts,
  exact?: Exact,
): Measure => {
  const found = ksStatistic(profile, reference, current, exact);
  const sigma = Math.max(LEAST_SIGMA, profile.sigma);
  const w1 = exact
    ? { lo: exact.wasserstein, hi: exact.wasserstein }
    : wassersteinBounds(profile.edges, reference, current);
  return {
    monitor: scope.monitor,
    subject: profile.field,
    segment: scope.segment,
    name: `ks${scope.suffix}`,
    value: found.statistic,
    window: scope.window,
    rows: current.n,
    detail: {
      ...found,
      effect: found.statistic,
      direction: signOf(reference, current),
      baseline: scope.baseline,
      mean: { reference: reference.sum / reference.n, current: current.sum / current.n },
      wasserstein: { lo: w1.lo / sigma, hi: w1.hi / sigma },
      ...reported(profile, reference, current),
    },
  };
};

/** Shares of the categories that moved most, at most five. */
const topShifts = (
  profile: CategoricalProfile,
  reference: readonly number[],
  current: readonly number[],
) => {
  const [n, m] = [reference, current].map((counts) => counts.reduce((sum, c) => sum + c, 0));
  return reference
    .map((count, at) => ({
      category: categoryName(profile, at).slice(0, 60),
      reference: count / (n ?? 1),
      current: (current[at] ?? 0) / (m ?? 1),
    }))
    .sort((a, b) => Math.abs(b.current - b.reference) - Math.abs(a.current - a.reference))
    .slice(0, 5);
};

const categoricalMeasure = (
  scope: MeasureScope,
  profile: CategoricalProfile,
  reference: CategoricalCounts,
  current: CategoricalCounts,
): Measure => {
  const [r, c] = [countVector(reference), countVector(current)];
  const found = homogeneity(r, c);
  const n = { reference: rowsOf(reference), current: rowsOf(current) };
  return {
    monitor: scope.monitor,
    subject: profile.field,
    segment: scope.segment,
    name: `cramers_v${scope.suffix}`,
    value: found.v,
    window: scope.window,
    rows: n.current,
    detail: {
      statistic: found.chiSquared,
      lo: found.chiSquared,
      hi: found.chiSquared,
      p: found.p,
      df: found.df,
      n,
      method: "group_by",
      remarks: profile.rest === null ? ["too many values to tell new ones from rare ones"] : [],
      effect: found.v,
      baseline: scope.baseline,
      l_infinity: found.largest.difference,
      l_infinity_category: categoryName(profile, found.largest.at).slice(0, 60),
      new_share: current.fresh / Math.max(1, n.current),
      top: topShifts(profile, r, c),
    },
  };
};

/** Share of rows without a value, with the test of two proportions and the arc-sine effect 2·|asin√p − asin√q|, 0..π. */
const nullMeasure = (
  scope: MeasureScope,
  profile: ColumnProfile,
  reference: Counts,
  current: Counts,
): Measure => {
  const n = { reference: rowsOf(reference), current: rowsOf(current) };
  const rare = isRare(reference.nulls, n.reference, current.nulls, n.current);
  const test = homogeneity(
    [n.reference - reference.nulls, reference.nulls],
    [n.current - current.nulls, current.nulls],
  );
  const [p, q] = [reference.nulls / n.reference, current.nulls / n.current];
  return {
    monitor: scope.monitor,
    subject: profile.field,
    segment: scope.segment,
    name: `null_rate${scope.suffix}`,
    value: q,
    window: scope.window,
    rows: n.current,
    detail: {
      p: rare ? fisherP(reference.nulls, n.reference, current.nulls, n.current) : test.p,
      df: 1,
      n,
      method: rare ? "exact" : "group_by",
      remarks: [],
      effect: 2 * Math.abs(Math.asin(Math.sqrt(p)) - Math.asin(Math.sqrt(q))),
      direction: q >= p ? "up" : "down",
      baseline: scope.baseline,
      reference_share: p,
    },
  };
};

/** `null_rate` of every column that both sides have, categorical ones too: what the quality rules look at. */
export const measureNulls = (
  scope: MeasureScope,
  profile: ReferenceProfile,
  baseline: WindowCounts,
  current: WindowCounts,
): readonly Measure[] =>
  profile.columns.flatMap((column) => {
    const r = baseline.counts.get(column.field);
    const c = current.counts.get(column.field);
    return r && c && rowsOf(r) > 0 && rowsOf(c) > 0 ? [nullMeasure(scope, column, r, c)] : [];
  });

const finite = (counts: Counts): number => counts.n;

/**
 * What one window shows against the reference: `ks` or `cramers_v` per column and `null_rate` per numeric one. Columns without values
 * on a side have no drift Measure. `exact` gives exact distances of the columns that were read again. Judges nothing, never throws.
 */
export const measureDrift = (
  scope: MeasureScope,
  profile: ReferenceProfile,
  baseline: WindowCounts,
  current: WindowCounts,
  exact: ReadonlyMap<string, Exact> = new Map(),
): readonly Measure[] =>
  profile.columns.flatMap((column) => {
    const r = baseline.counts.get(column.field);
    const c = current.counts.get(column.field);
    if (!r || !c || rowsOf(r) === 0 || rowsOf(c) === 0) return [];
    if (column.kind === "categorical") {
      return r.kind === "categorical" && c.kind === "categorical"
        ? [categoricalMeasure(scope, column, r, c)]
        : [];
    }
    if (r.kind !== "numeric" || c.kind !== "numeric") return [];
    const nulls = nullMeasure(scope, column, r, c);
    if (finite(r) === 0 || finite(c) === 0) return [nulls];
    return [numericMeasure(scope, column, r, c, exact.get(column.field)), nulls];
  });
