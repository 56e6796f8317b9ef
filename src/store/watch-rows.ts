import type { Json } from "./rows.ts";

/** What a Monitor can judge; also the cause of the Incidents that it opens. */
export type WatchKind = "drift" | "quality" | "performance" | "cost";
export type Severity = "info" | "warning" | "critical";

/**
 * One Monitor as it was started. `spec` is its parsed definition, `pipeline` the name of the pipeline or, for a model that was
 * built elsewhere, the name under which it is watched. `checkedAt`: end of its last finished check, epoch milliseconds.
 */
export interface MonitorRow {
  readonly id: string;
  readonly pipeline: string;
  readonly model: string;
  readonly kind: WatchKind;
  readonly cron: string;
  readonly zone: string;
  readonly enabled: boolean;
  readonly spec: Json;
  readonly createdBy: string | null;
  readonly createdAt: number;
  readonly checkedAt: number | null;
  /** Why the last check did not come to a Verdict, in words; null after one that did. */
  readonly fault: string | null;
  /** What it remembers between two checks; null before the first. */
  readonly state: Json;
}

/** What became of an approved release: done once, or why it was not. */
export interface ReleaseRow {
  readonly approvalId: string;
  readonly runId: string;
  readonly action: "promote" | "rollback" | "retrain";
  readonly ref: string;
  readonly state: "started" | "done" | "failed";
  readonly said: string;
  readonly at: number;
  readonly body: Json;
}

/**
 * One time at which a schedule was due. `slot` is the local wall time that its cron names; there is one row per schedule and
 * slot, so whoever inserts it has it. `leaseUntil`: a claimed slot whose worker died is given out again after it.
 */
export interface SlotRow {
  readonly schedule: string;
  readonly slot: string;
  readonly state: "claimed" | "done" | "skipped";
  readonly dueAt: number;
  readonly leaseUntil: number;
  readonly at: number;
  readonly contentHash: string | null;
}

/** A figure that was measured; `body` is the Measure. */
export interface MeasureRow {
  readonly monitor: string;
  readonly subject: string;
  readonly segment: string | null;
  readonly name: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly body: Json;
}

/** The judgement about one subject in one window; `body` is the Verdict. */
export interface VerdictRow {
  readonly monitor: string;
  readonly subject: string;
  readonly segment: string | null;
  readonly rule: string;
  readonly windowEnd: number;
  readonly level: string;
  readonly firing: boolean;
  readonly body: Json;
}

export type IncidentState =
  | "none"
  | "pending"
  | "firing"
  | "acked"
  | "snoozed"
  | "resolved"
  | "false_alarm";

/** An Incident as lists need it; `body` is its whole state, folded from `incident_event`. */
export interface IncidentRow {
  readonly id: string;
  readonly groupKey: string;
  readonly pipeline: string;
  readonly model: string;
  readonly cause: WatchKind;
  readonly state: IncidentState;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly lastSeen: number;
  readonly endedAt: number | null;
  readonly assignee: string | null;
  /** When something is due for it by itself (a snooze that ends, an escalation); null: nothing is. */
  readonly nextAt: number | null;
  readonly revision: number;
  readonly body: Json;
}

/** One notification of an Incident. Among open alerts a fingerprint is unique. */
export interface AlertRow {
  readonly id: string;
  readonly incidentId: string;
  readonly fingerprint: string;
  readonly open: boolean;
  readonly severity: Severity;
  readonly kind: WatchKind;
  readonly subject: string;
  readonly since: number;
  readonly closedAt: number | null;
  readonly body: Json;
}

/** What happened to an Incident, in order; `body` is the event. */
export interface IncidentEventRow {
  readonly incidentId: string;
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly actor: Json;
  readonly body: Json;
}

/** Alerts with these labels tell nobody until `expiresAt`; they are measured and listed all the same. */
export interface SilenceRow {
  readonly id: string;
  readonly matchers: Readonly<Record<string, string>>;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Who gets a Digest when: `target` is a channel or a person's id. */
export interface SubscriptionRow {
  readonly id: string;
  readonly kind: "channel" | "person";
  readonly target: string;
  readonly cron: string;
  readonly zone: string;
  /** What is sent in a period in which nothing happened. */
  readonly whenQuiet: "line" | "nothing";
  readonly enabled: boolean;
  readonly createdBy: string | null;
  /** Slots before this are none of its own: set when it is made or switched on again. */
  readonly since: number;
}

/** A Digest as it was made; `body` is its content, which does not change any more. */
export interface DigestRow {
  readonly subscription: string;
  readonly slot: string;
  readonly madeAt: number;
  readonly body: Json;
}

/** One line of a bill or an allocation. Money is integer micro-units of `currency`. */
export interface CostRow {
  /** Day of the charge in UTC, YYYY-MM-DD. */
  readonly day: string;
  readonly source: string;
  readonly provider: string;
  readonly subAccount: string;
  readonly serviceCategory: string;
  readonly service: string;
  readonly resourceId: string;
  readonly region: string;
  readonly pricingCategory: string;
  readonly chargeCategory: string;
  readonly billed: number;
  readonly effective: number;
  readonly list: number;
  readonly currency: string;
  readonly qty: number;
  readonly unit: string;
  readonly pipeline: string;
  readonly model: string;
  readonly runId: string;
  readonly phase: string;
  readonly tags: Readonly<Record<string, string>>;
  /** True for what is estimated from list prices; never added to billed lines. */
  readonly estimate: boolean;
}
