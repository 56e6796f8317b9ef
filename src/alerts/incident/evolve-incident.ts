import { isWorse, worstOf } from "./severity.ts";
import type { Alert, Finding, Incident, IncidentEvent } from "./types.ts";

/** Before anything happened. */
export const emptyIncident = (id: string): Incident => ({
  id,
  labels: { pipeline: "", environment: "", model: "", cause: "quality" },
  state: "none",
  severity: "info",
  openedAt: 0,
  lastSeen: 0,
  endedAt: null,
  assignee: null,
  acked: null,
  snooze: null,
  times: 0,
  reopened: 0,
  heldUntil: 0,
  escalation: 0,
  paged: false,
  repeatedAt: 0,
  alerts: [],
  releases: [],
  falseAlarm: null,
  resolvedBy: null,
  seq: 0,
});

export interface EventAt {
  readonly atMs: number;
  readonly by: string | null;
}

const alertOf = (
  id: string,
  { fingerprint, harm, severity, verdict }: Finding,
  at: number,
): Alert => ({
  id,
  fingerprint,
  open: true,
  severity,
  harm,
  since: verdict.since ?? at,
  lastSeen: at,
  closedAt: null,
  dismissed: false,
  verdict,
});

const seen = (incident: Incident, finding: Finding, atMs: number): readonly Alert[] =>
  incident.alerts.map((alert) =>
    alert.open && alert.fingerprint === finding.fingerprint
      ? {
          ...alert,
          severity: isWorse(finding.severity, alert.severity) ? finding.severity : alert.severity,
          harm: alert.harm || finding.harm,
          lastSeen: atMs,
          verdict: finding.verdict,
        }
      : alert,
  );

// A check that sees many alerts of one Incident has seen it once.
const counted = (incident: Incident, atMs: number): Pick<Incident, "times" | "lastSeen"> => ({
  times: incident.times + (incident.lastSeen === atMs && incident.times > 0 ? 0 : 1),
  lastSeen: atMs,
});

const ended = (
  incident: Incident,
  { atMs, by }: EventAt,
  dismissed: boolean,
): Partial<Incident> => ({
  endedAt: atMs,
  resolvedBy: by,
  snooze: null,
  alerts: incident.alerts.map((alert) =>
    alert.open ? { ...alert, open: false, closedAt: atMs, dismissed } : alert,
  ),
});

const opened = (incident: Incident, event: IncidentEvent, at: EventAt): Partial<Incident> => {
  switch (event.type) {
    case "IncidentOpened":
      return {
        labels: event.labels,
        state: "pending",
        openedAt: at.atMs,
        heldUntil: event.heldUntil,
        repeatedAt: at.atMs,
      };
    case "IncidentReopened":
      return {
        state: "pending",
        endedAt: null,
        resolvedBy: null,
        falseAlarm: null,
        acked: null,
        heldUntil: event.heldUntil,
        escalation: 0,
        paged: false,
        repeatedAt: at.atMs,
        reopened: incident.reopened + 1,
      };
    case "AlertOpened": {
      const alerts = [...incident.alerts, alertOf(event.id, event.finding, at.atMs)];
      const severity = worstOf([
        incident.alerts.some((alert) => alert.open) ? incident.severity : "info",
        event.finding.severity,
      ]);
      return { alerts, severity, ...counted(incident, at.atMs) };
    }
    case "AlertSeen":
      return { alerts: seen(incident, event.finding, at.atMs), ...counted(incident, at.atMs) };
    case "AlertClosed":
      return {
        alerts: incident.alerts.map((alert) =>
          alert.open && alert.fingerprint === event.fingerprint
            ? { ...alert, open: false, closedAt: at.atMs }
            : alert,
        ),
      };
    case "DismissalEnded":
      return {
        alerts: incident.alerts.map((alert) =>
          alert.fingerprint === event.fingerprint ? { ...alert, dismissed: false } : alert,
        ),
      };
    case "SeverityRaised":
      return { severity: event.to };
    default:
      return {};
  }
};

const handled = (incident: Incident, event: IncidentEvent, at: EventAt): Partial<Incident> => {
  const by = at.by ?? "";
  switch (event.type) {
    case "IncidentFiring":
      return { state: "firing" };
    case "IncidentAcknowledged":
      return { state: "acked", acked: { by, at: at.atMs }, snooze: null };
    case "IncidentAssigned":
      return { assignee: event.to };
    case "IncidentSnoozed":
      return { state: "snoozed", snooze: { by, until: event.until } };
    case "SnoozeEnded":
      return { state: "firing", snooze: null, repeatedAt: at.atMs };
    case "IncidentEscalated":
      return { escalation: event.level, paged: incident.paged || event.level === 2 };
    case "IncidentRepeated":
      return { repeatedAt: at.atMs };
    default:
      return {};
  }
};

const finished = (incident: Incident, event: IncidentEvent, at: EventAt): Partial<Incident> => {
  const by = at.by ?? "";
  switch (event.type) {
    case "ReleaseAsked": {
      const { action, approvalId, runId } = event;
      const release = { action, approvalId, runId, by, at: at.atMs, outcome: null };
      return { releases: [...incident.releases, release] };
    }
    case "ReleaseEnded":
      return {
        releases: incident.releases.map((one) =>
          one.approvalId === event.approvalId ? { ...one, outcome: event.outcome } : one,
        ),
      };
    case "IncidentResolved":
      return { state: "resolved", ...ended(incident, at, false) };
    case "FalseAlarm": {
      const { note, reason } = event;
      return {
        state: "false_alarm",
        falseAlarm: { by, reason, note },
        ...ended(incident, at, true),
      };
    }
    default:
      return {};
  }
};

/** What an event makes of an Incident. Pure; an event that means nothing here only counts. */
export const evolveIncident = (
  incident: Incident,
  event: IncidentEvent,
  at: EventAt,
): Incident => ({
  ...incident,
  ...opened(incident, event, at),
  ...handled(incident, event, at),
  ...finished(incident, event, at),
  seq: incident.seq + 1,
});
