import type { ColumnFacts, Facts } from "../../../spec/facts.ts";
import { visibleAssociation, visibleDistance } from "./visible-effect.ts";

/** Drift policy of every pipeline until people change monitoring/monitors.yaml (monitoring.md 3.1). */
export const DRIFT_POLICY = { floor: 0.05, falseDiscovery: 0.01, minRows: 100 } as const;

/** An integer column with so few values is compared as categories (monitoring.md 2.1). */
const FEW_VALUES = 20;
const MIN_EXPECTED = 5;

/** A column that is watched, with the smallest effect that the hold-out part and the smallest window can show. */
export interface WatchedFeature {
  readonly field: string;
  readonly kind: "numeric" | "categorical";
  readonly distinct: number;
  readonly missing: number;
  readonly visibleHoldout: number;
  readonly visibleWindow: number;
}

export interface Watch {
  readonly features: readonly WatchedFeature[];
  readonly notWatched: readonly { readonly field: string; readonly why: string }[];
  readonly trainRows: number;
  readonly holdoutRows: number;
  /** Comparisons of one window, which share the false-discovery rate. */
  readonly tests: number;
}

type Kind = WatchedFeature["kind"];

const kindOf = (column: ColumnFacts, rows: number): Kind | { readonly why: string } => {
  if (column.personal !== null) return { why: "personal: masked in the prediction log" };
  if (column.type === "date" || column.type === "timestamp")
    return { why: "moves by itself: a later window has later dates" };
  if (column.type === "integer" && column.distinct <= FEW_VALUES) return "categorical";
  if (column.type === "integer" || column.type === "number") return "numeric";
  return column.type === "string" && column.distinct > rows / 2
    ? { why: "nearly every row has a value of its own" }
    : "categorical";
};

// Categories too rare for the smaller sample are pooled, so a small window has fewer degrees of freedom.
const degrees = (column: ColumnFacts, rows: number, n: number, m: number): number => {
  const known = column.top ?? [];
  const kept = known.filter(
    ({ count }) => ((count / rows) * (n + m) * Math.min(n, m)) / (n + m) >= MIN_EXPECTED,
  ).length;
  return Math.max(1, known.length === 0 ? Math.min(column.distinct, FEW_VALUES) - 1 : kept);
};

/** Which columns the drift monitor compares and what it can see with this dataset's rows. Never throws. */
export const watchOf = (facts: Facts): Watch => {
  const rows = facts.profile.rows;
  const holdoutRows = Math.max(1, Math.round(rows * facts.split.holdoutShare));
  const trainRows = Math.max(1, rows - holdoutRows);
  const sources = new Set(facts.features.map((feature) => feature.source));
  const judged = facts.profile.columns
    .filter((column) => sources.has(column.field))
    .map((column) => ({ column, kind: kindOf(column, rows) }));
  const kept = judged.flatMap(({ column, kind }) =>
    typeof kind === "string" ? [{ column, kind }] : [],
  );
  const tests = Math.max(
    1,
    kept.reduce((sum, { kind }) => sum + (kind === "numeric" ? 2 : 1), 0),
  );
  const alpha = DRIFT_POLICY.falseDiscovery / tests;
  const visible = (column: ColumnFacts, kind: Kind, m: number): number =>
    kind === "numeric"
      ? visibleDistance(trainRows * (1 - column.nulls / Math.max(1, rows)), m, alpha)
      : visibleAssociation(trainRows, m, degrees(column, rows, trainRows, m), alpha);
  return {
    features: kept.map(({ column, kind }) => ({
      field: column.field,
      kind,
      distinct: column.distinct,
      missing: column.nulls / Math.max(1, rows),
      visibleHoldout: visible(column, kind, holdoutRows),
      visibleWindow: visible(column, kind, DRIFT_POLICY.minRows),
    })),
    notWatched: judged.flatMap(({ column, kind }) =>
      typeof kind === "string" ? [] : [{ field: column.field, why: kind.why }],
    ),
    trainRows,
    holdoutRows,
    tests,
  };
};
