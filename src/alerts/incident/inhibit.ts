import { SHAPE_RULES, type Verdict } from "../../monitors/verdict.ts";
import type { SilenceRow } from "../../store/watch-rows.ts";
import { isOpen } from "./advance.ts";
import { labelsOf } from "./fingerprint.ts";
import { isFeedRule } from "./severity.ts";
import type { Incident, IncidentLabels } from "./types.ts";

/** Rules of quality after which a column says nothing about drift. */
const BREAKS_COLUMN: ReadonlySet<string> = new Set([
  "schema",
  "null_rate",
  "constant",
  "duplicate",
]);

const explains = (alert: Incident["alerts"][number], verdict: Verdict): boolean => {
  const { rule, subject } = alert.verdict;
  if (isFeedRule(rule)) return true;
  return BREAKS_COLUMN.has(rule) && subject === verdict.subject && alert.severity === "critical";
};

const sameModel = (a: IncidentLabels, b: IncidentLabels): boolean =>
  a.pipeline === b.pipeline && a.model === b.model && a.environment === b.environment;

// The Monitor of quality sees what the one of drift has told already.
const driftOf = (
  labels: IncidentLabels,
  { rule, subject }: Verdict,
  open: readonly Incident[],
): string | null =>
  SHAPE_RULES.has(rule) &&
  open
    .filter((one) => isOpen(one) && one.labels.cause === "drift" && sameModel(one.labels, labels))
    .flatMap((one) => one.alerts)
    .some((alert) => alert.open && alert.verdict.subject === subject)
    ? subject
    : null;

/**
 * What explains a Verdict that fires, so that the root cause is told once: what its own Monitor says, a feed that stopped or a
 * broken column of the same model. Null: nothing does. `parents`: pipelines that this one is fed by.
 */
export const inhibitorOf = (
  labels: IncidentLabels,
  verdict: Verdict,
  open: readonly Incident[],
  parents: readonly string[] = [],
): string | null => {
  if (verdict.inhibitedBy !== null) return verdict.inhibitedBy;
  const roots = open.filter((one) => isOpen(one) && one.labels.cause === "quality");
  const parent = roots.find((one) => parents.includes(one.labels.pipeline));
  if (parent) return `${parent.labels.pipeline}, which feeds it`;
  if (verdict.cause === "quality") return driftOf(labels, verdict, open);
  if (verdict.cause === "cost") return null;
  const root = roots
    .filter((one) => sameModel(one.labels, labels))
    .flatMap((one) => one.alerts)
    .find((alert) => alert.open && explains(alert, verdict));
  return root?.verdict.subject ?? null;
};

/** The silence that an alert falls under; null: none. Every matcher must equal its label. */
export const silenceOf = (
  labels: IncidentLabels,
  verdict: Verdict,
  silences: readonly SilenceRow[],
  nowMs: number,
): SilenceRow | null => {
  const all = labelsOf(labels, verdict);
  return (
    silences.find(
      ({ expiresAt, matchers }) =>
        expiresAt > nowMs &&
        Object.keys(matchers).length > 0 &&
        Object.entries(matchers).every(([name, value]) => all[name] === value),
    ) ?? null
  );
};
