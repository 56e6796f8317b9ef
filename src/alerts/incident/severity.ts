import type { Verdict } from "../../monitors/verdict.ts";
import type { Severity } from "../../store/watch-rows.ts";

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

export const isWorse = (a: Severity, b: Severity): boolean => RANK[a] > RANK[b];

export const worstOf = (severities: readonly Severity[]): Severity =>
  severities.reduce((worst, one) => (isWorse(one, worst) ? one : worst), "info");

/** Level of a Verdict that fires as a severity; a Verdict that cannot judge is no more than a warning. */
export const severityOf = ({ level }: Verdict): Severity =>
  level === "critical" || level === "warning"
    ? level
    : level === "not_enough_data"
      ? "warning"
      : "info";

/** Rules that say that nothing arrives: what the model then answers is built on nothing. */
const FEED_RULES: ReadonlySet<string> = new Set(["freshness", "volume", "empty", "feed"]);

export const isFeedRule = (rule: string): boolean => FEED_RULES.has(rule);

/**
 * Whether people are harmed now: the metric fell, drift that a metric confirms, or a feed that stopped (monitoring.md 3.1,
 * step 9). Drift alone never is.
 */
export const isHarm = (verdict: Verdict): boolean => {
  if (typeof verdict.evidence.harm === "string") return true;
  if (verdict.level !== "critical") return false;
  return verdict.cause === "performance" || verdict.cause === "drift" || isFeedRule(verdict.rule);
};
