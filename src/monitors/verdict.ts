/** What a Monitor looks at. A Verdict's cause is the kind of the Monitor that found it. */
export type MonitorKind = "drift" | "quality" | "performance" | "cost";

/** How bad a Verdict is. `not_enough_data` is no level of harm: the Monitor says that it cannot judge. */
export type VerdictLevel = "ok" | "info" | "warning" | "critical" | "not_enough_data";

/**
 * The judgement about one subject (a feature, a rule, a metric, a budget) in one window, made by a pure function
 * from Measures and their history.
 */
export interface Verdict {
  /** Id of the Monitor, unique in its pipeline. */
  readonly monitor: string;
  readonly cause: MonitorKind;
  /** What is judged: a feature, a rule, a metric or a budget; with `segment` where only a part of the rows is meant. */
  readonly subject: string;
  readonly segment: string | null;
  /** The rule that judged: `drift`, `null_rate`, `freshness`, `volume`, `realised_metric`, `anomaly` … */
  readonly rule: string;
  readonly level: VerdictLevel;
  /** True while an Incident about the subject should be open: after persistence and hysteresis, not for one window. */
  readonly firing: boolean;
  /** End of the window judged, epoch milliseconds, exclusive. */
  readonly windowEnd: number;
  /** Start of the first window of the current firing streak, epoch milliseconds; null while nothing fires. */
  readonly since: number | null;
  /** Sentences for people, most telling first. Never empty: an `ok` says why it is ok. */
  readonly reasons: readonly string[];
  /** Figures behind the reasons: statistic, effect, floor, q, p, rows, smallest visible effect, top cells … JSON values. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** The subject whose Verdict explains this one (a broken feed, an outage); it is then told once, there. */
  readonly inhibitedBy: string | null;
  /** True when late rows changed a window that had been judged before. */
  readonly restated: boolean;
  /** True when the Verdict belongs in the digest only (importance under 1 %, weak drift). */
  readonly digestOnly: boolean;
}

/** Rules of quality that a feature which drifts breaks by drifting. */
export const SHAPE_RULES: ReadonlySet<string> = new Set(["range", "domain"]);
