import type { Actor } from "../engine/command.ts";
import type { Digests } from "../runtime/watch/digests.ts";
import type { Releases } from "../runtime/watch/releases.ts";
import type { StartedMonitor, WatchRequest } from "../runtime/watch/start-watch.ts";
import type { IncidentView, MonitorView } from "../runtime/watch/views.ts";

/** What people say to an Incident; times are epoch milliseconds, `until` null: until the next deploy. */
export type IncidentAsk =
  | { readonly type: "ack" | "resolve" }
  | { readonly type: "assign"; readonly to: string }
  | { readonly type: "snooze"; readonly until: number | null }
  | {
      readonly type: "false_alarm";
      readonly reason: "season" | "known_change" | "too_small" | "broken_data" | "other";
      readonly note: string;
    }
  | {
      readonly type: "release";
      readonly action: "retrain" | "rollback";
      readonly runId: string;
      readonly approvalId: string;
    };

/** Monitors and Incidents; met by the runtime's watch. */
export interface WatchPort {
  readonly start: (
    request: WatchRequest,
    actor: Actor,
    key: string,
  ) => Promise<readonly StartedMonitor[]>;
  readonly checkNow: (monitorId: string, key: string) => Promise<void>;
  readonly monitors: (pipeline?: string) => Promise<readonly MonitorView[]>;
  readonly incident: (ref: string) => Promise<IncidentView | null>;
  readonly incidentLines: (
    ref: string,
    from?: number,
  ) => Promise<readonly { readonly atMs: number; readonly said: string; readonly loud: boolean }[]>;
  readonly incidents: (query: {
    readonly states?: readonly (
      | "pending"
      | "firing"
      | "acked"
      | "snoozed"
      | "resolved"
      | "false_alarm"
    )[];
    readonly assignee?: string;
    readonly pipeline?: string;
    readonly sinceMs?: number;
    readonly limit?: number;
  }) => Promise<readonly IncidentView[]>;
  /** Rejections: INCIDENT_NOT_FOUND, INCIDENT_OVER, SNOOZE_RANGE. */
  readonly command: (request: {
    readonly key: string;
    readonly incidentId: string;
    readonly actor: Actor;
    readonly command: IncidentAsk;
  }) => Promise<
    | { readonly ok: true }
    | {
        readonly ok: false;
        readonly rejection: {
          readonly code: string;
          readonly message: string;
          readonly valid: readonly string[];
        };
      }
  >;
  /** The chart of an Incident with the words that stand for it; null where there is no series. */
  readonly chart: (
    ref: string,
  ) => Promise<{ readonly png: Uint8Array; readonly alt: string } | null>;
}

/** Promotions, rollbacks and retrainings; met by the runtime. */
export type ReleasePort = Pick<Releases, "askForIncident" | "ask" | "models">;

/** Digests; met by the runtime. */
export type DigestPort = Pick<Digests, "subscribe" | "sendNow" | "read">;
