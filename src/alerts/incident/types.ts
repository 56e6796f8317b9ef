import type { Verdict } from "../../monitors/verdict.ts";
import type { IncidentState, Severity, WatchKind } from "../../store/watch-rows.ts";

/** What an Incident is about; together they are its group: one Incident, many alerts. */
export interface IncidentLabels {
  readonly pipeline: string;
  readonly environment: string;
  readonly model: string;
  readonly cause: WatchKind;
}

/** A Verdict as an Incident sees it. `harm`: people are affected now, so it pages without waiting. */
export interface Finding {
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly harm: boolean;
  readonly verdict: Verdict;
}

/** One thing that is wrong. Closed alerts stay with their Incident as its history. */
export interface Alert {
  readonly id: string;
  readonly fingerprint: string;
  readonly open: boolean;
  readonly severity: Severity;
  readonly harm: boolean;
  readonly since: number;
  readonly lastSeen: number;
  readonly closedAt: number | null;
  /** People said that it is none: it is not told again before it has been quiet once, or got worse. */
  readonly dismissed: boolean;
  readonly verdict: Verdict;
}

/** Why people said that nothing was wrong. */
export const FALSE_ALARM_REASONS = [
  "season",
  "known_change",
  "too_small",
  "broken_data",
  "other",
] as const;
export type FalseAlarmReason = (typeof FALSE_ALARM_REASONS)[number];

/** An approval that was asked for because of an Incident. */
export interface IncidentRelease {
  readonly action: "retrain" | "rollback";
  readonly runId: string;
  readonly approvalId: string;
  readonly by: string;
  readonly at: number;
  /** What came of it, in words; null while nothing has. */
  readonly outcome: string | null;
}

/** An open problem. Times are epoch milliseconds. `until` null in a snooze: until the next deploy. */
export interface Incident {
  readonly id: string;
  readonly labels: IncidentLabels;
  readonly state: IncidentState;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly lastSeen: number;
  readonly endedAt: number | null;
  readonly assignee: string | null;
  readonly acked: { readonly by: string; readonly at: number } | null;
  readonly snooze: { readonly by: string; readonly until: number | null } | null;
  /** Checks in which it was seen. */
  readonly times: number;
  readonly reopened: number;
  /** Before this nobody is told (quiet hours, grouping). */
  readonly heldUntil: number;
  readonly escalation: 0 | 1 | 2;
  readonly paged: boolean;
  readonly repeatedAt: number;
  readonly alerts: readonly Alert[];
  readonly releases: readonly IncidentRelease[];
  readonly falseAlarm: {
    readonly by: string;
    readonly reason: FalseAlarmReason;
    readonly note: string;
  } | null;
  readonly resolvedBy: string | null;
  /** Number of events so far. */
  readonly seq: number;
}

export type IncidentEvent =
  | {
      readonly type: "IncidentOpened";
      readonly labels: IncidentLabels;
      readonly heldUntil: number;
    }
  | { readonly type: "IncidentReopened"; readonly heldUntil: number }
  | { readonly type: "AlertOpened"; readonly id: string; readonly finding: Finding }
  | { readonly type: "AlertSeen"; readonly finding: Finding }
  | { readonly type: "AlertClosed"; readonly fingerprint: string }
  | { readonly type: "DismissalEnded"; readonly fingerprint: string }
  | { readonly type: "SeverityRaised"; readonly from: Severity; readonly to: Severity }
  | { readonly type: "IncidentFiring" }
  | { readonly type: "IncidentAcknowledged" }
  | { readonly type: "IncidentAssigned"; readonly to: string }
  | { readonly type: "IncidentSnoozed"; readonly until: number | null }
  | { readonly type: "SnoozeEnded"; readonly why: "expired" | "severity" | "deploy" }
  | { readonly type: "IncidentEscalated"; readonly level: 1 | 2; readonly harm: boolean }
  | { readonly type: "IncidentRepeated" }
  | {
      readonly type: "ReleaseAsked";
      readonly action: "retrain" | "rollback";
      readonly runId: string;
      readonly approvalId: string;
    }
  | { readonly type: "ReleaseEnded"; readonly approvalId: string; readonly outcome: string }
  | { readonly type: "IncidentResolved"; readonly why: "recovered" | "person" }
  | {
      readonly type: "FalseAlarm";
      readonly reason: FalseAlarmReason;
      readonly note: string;
    };

/** What people, the clock and the Monitors say to an Incident. */
export type IncidentCommand =
  | {
      readonly type: "observe";
      readonly labels: IncidentLabels;
      readonly firing: readonly Finding[];
      /** Fingerprints that were judged and do not fire. What was not judged stays as it is. */
      readonly quiet: readonly string[];
    }
  | { readonly type: "tick" }
  | { readonly type: "deployed" }
  | { readonly type: "ack" }
  | { readonly type: "assign"; readonly to: string }
  | { readonly type: "snooze"; readonly until: number | null }
  | { readonly type: "false_alarm"; readonly reason: FalseAlarmReason; readonly note: string }
  | { readonly type: "resolve" }
  | {
      readonly type: "release";
      readonly action: "retrain" | "rollback";
      readonly runId: string;
      readonly approvalId: string;
    }
  | { readonly type: "release_ended"; readonly approvalId: string; readonly outcome: string };

/** Why an Incident cannot take a command: a stable code, words, and what it would take. */
export interface IncidentRejection {
  readonly code:
    | "INCIDENT_NOT_FOUND"
    | "INCIDENT_OVER"
    | "SNOOZE_RANGE"
    | "NOT_READY"
    | "PEOPLE_ONLY";
  readonly message: string;
  readonly valid: readonly string[];
}

export interface AdvanceContext {
  readonly nowMs: number;
  /** Who did it; null for the clock and the Monitors. */
  readonly by: string | null;
  readonly newId: () => string;
  readonly policy: AlertPolicy;
}

/** When people are told, and when they are told again. Durations in milliseconds. */
export interface AlertPolicy {
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly reopenMs: number;
  readonly dismissedMs: number;
  readonly mentionAfterMs: number;
  readonly pageAfterMs: number;
  readonly maxSnoozeMs: number;
  /** Local times HH:MM in `zone`; null: there are none. */
  readonly quietHours: {
    readonly from: string;
    readonly to: string;
    readonly zone: string;
  } | null;
}

/**
 * Waits and repeats are Alertmanager's defaults (prometheus.io/docs/alerting/latest/configuration: group_wait 30 s, group_interval
 * 5 m, repeat_interval 4 h); the rest are ours (monitoring.md 7).
 */
export const ALERT_POLICY: AlertPolicy = {
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
  reopenMs: 86_400_000,
  dismissedMs: 2_592_000_000,
  mentionAfterMs: 900_000,
  pageAfterMs: 1_800_000,
  maxSnoozeMs: 2_592_000_000,
  quietHours: null,
};
