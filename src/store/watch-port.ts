import type {
  AlertRow,
  CostRow,
  DigestRow,
  IncidentEventRow,
  IncidentRow,
  IncidentState,
  MeasureRow,
  MonitorRow,
  ReleaseRow,
  SilenceRow,
  SlotRow,
  SubscriptionRow,
  VerdictRow,
} from "./watch-rows.ts";

/** What a command of the watch changes. `costs` replaces everything that its source said about the days from `fromDay` to `toDay`. */
export type WatchWrite =
  | { readonly op: "monitor"; readonly row: MonitorRow }
  | { readonly op: "slot"; readonly row: SlotRow }
  | { readonly op: "measures"; readonly rows: readonly MeasureRow[] }
  | { readonly op: "verdicts"; readonly rows: readonly VerdictRow[] }
  | {
      readonly op: "incident";
      readonly row: IncidentRow;
      readonly alerts: readonly AlertRow[];
      readonly events: readonly IncidentEventRow[];
    }
  | { readonly op: "silence"; readonly row: SilenceRow }
  | { readonly op: "subscription"; readonly row: SubscriptionRow }
  | { readonly op: "digest"; readonly row: DigestRow }
  | { readonly op: "release"; readonly row: ReleaseRow }
  | {
      readonly op: "costs";
      readonly source: string;
      readonly fromDay: string;
      readonly toDay: string;
      readonly rows: readonly CostRow[];
    };

/** What a plan may read of the watch, in its transaction. Never throws for a missing row. */
export interface WatchReads {
  readonly monitor: (id: string) => MonitorRow | null;
  readonly slot: (schedule: string, slot: string) => SlotRow | null;
  readonly incident: (id: string) => IncidentRow | null;
  /** The newest Incident of a group, open or not. */
  readonly lastOfGroup: (groupKey: string) => IncidentRow | null;
  /** Incidents that are not over. */
  readonly openIncidents: () => readonly IncidentRow[];
  /** Silences that have not expired. */
  readonly silences: (nowMs: number) => readonly SilenceRow[];
  readonly silence: (id: string) => SilenceRow | null;
  readonly subscription: (id: string) => SubscriptionRow | null;
  readonly release: (approvalId: string) => ReleaseRow | null;
}

/** Readers of the watch. Lists are newest first unless said; `limit` defaults to 200. */
export interface WatchReader {
  /** By id, or all; those of one pipeline or model where given. */
  readonly monitors: (query?: {
    readonly pipeline?: string;
    readonly enabled?: boolean;
  }) => Promise<readonly MonitorRow[]>;
  readonly monitor: (id: string) => Promise<MonitorRow | null>;
  /** The newest slot of a schedule that was claimed, done or skipped. */
  readonly lastSlot: (schedule: string) => Promise<SlotRow | null>;
  /** The newest slot of a schedule that is done. */
  readonly lastDone: (schedule: string) => Promise<SlotRow | null>;
  /** Claimed slots of all schedules that start with `prefix`, oldest first. */
  readonly claimed: (prefix: string) => Promise<readonly SlotRow[]>;
  readonly measures: (query: {
    readonly monitor: string;
    readonly subject?: string;
    readonly name?: string;
    readonly sinceMs?: number;
    readonly limit?: number;
  }) => Promise<readonly MeasureRow[]>;
  readonly verdicts: (query: {
    readonly monitor: string;
    readonly subject?: string;
    readonly sinceMs?: number;
    readonly limit?: number;
  }) => Promise<readonly VerdictRow[]>;
  /** Of each rule of a Monitor the Verdicts of its newest window, by subject. */
  readonly latestVerdicts: (monitor: string) => Promise<readonly VerdictRow[]>;
  readonly incident: (id: string) => Promise<IncidentRow | null>;
  /** By id or by a prefix that fits one only. */
  readonly findIncident: (ref: string) => Promise<IncidentRow | null>;
  readonly incidents: (query: {
    readonly states?: readonly IncidentState[];
    readonly assignee?: string;
    readonly pipeline?: string;
    /** Opened, ended or seen at or after. */
    readonly sinceMs?: number;
    readonly limit?: number;
  }) => Promise<readonly IncidentRow[]>;
  /** Incidents for which something is due by itself at `nowMs`. */
  readonly incidentsDue: (nowMs: number) => Promise<readonly IncidentRow[]>;
  readonly alerts: (incidentId: string) => Promise<readonly AlertRow[]>;
  /** Oldest first. */
  readonly incidentEvents: (incidentId: string) => Promise<readonly IncidentEventRow[]>;
  /** How often something happened to Incidents since a time. */
  readonly countEvents: (type: string, sinceMs: number) => Promise<number>;
  readonly silences: (nowMs: number) => Promise<readonly SilenceRow[]>;
  readonly subscriptions: () => Promise<readonly SubscriptionRow[]>;
  /** What became of releases, newest first. */
  readonly releases: (query?: {
    readonly runId?: string;
    readonly limit?: number;
  }) => Promise<readonly ReleaseRow[]>;
  readonly release: (approvalId: string) => Promise<ReleaseRow | null>;
  /** Decided approvals of kind release of which nothing came yet, oldest first. */
  readonly releasesDue: () => Promise<
    readonly { readonly approvalId: string; readonly runId: string; readonly status: string }[]
  >;
  readonly digest: (subscription: string, slot: string) => Promise<DigestRow | null>;
  /** Lines from `fromDay` to `toDay`, both inclusive, by day. */
  readonly costs: (query: {
    readonly fromDay: string;
    readonly toDay: string;
  }) => Promise<readonly CostRow[]>;
  /** Forgets measures and verdicts of windows that ended before; gives how many rows went. */
  readonly forget: (beforeMs: number) => Promise<number>;
}
