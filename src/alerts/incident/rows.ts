import type { Actor } from "../../engine/command.ts";
import type { Json } from "../../store/rows.ts";
import type { AlertRow, IncidentEventRow, IncidentRow } from "../../store/watch-rows.ts";
import { nextAtOf } from "./advance.ts";
import { emptyIncident } from "./evolve-incident.ts";
import { groupKeyOf } from "./fingerprint.ts";
import type { AlertPolicy, Incident, IncidentEvent } from "./types.ts";

// Plain data all through, so it is JSON as it stands.
const json = (value: object): Json => value as unknown as Json;

/** An Incident as it was stored. */
export const incidentOf = (row: IncidentRow | null, id: string): Incident =>
  row === null ? emptyIncident(id) : (row.body as unknown as Incident);

/** Every alert of an Incident as rows; the closed ones first, so that a fingerprint is free before it is used again. */
const alertRows = (incident: Incident): readonly AlertRow[] =>
  [...incident.alerts]
    .sort((a, b) => Number(a.open) - Number(b.open))
    .map((alert) => ({
      id: alert.id,
      incidentId: incident.id,
      fingerprint: alert.fingerprint,
      open: alert.open,
      severity: alert.severity,
      kind: incident.labels.cause,
      subject: alert.verdict.subject,
      since: alert.since,
      closedAt: alert.closedAt,
      body: json(alert),
    }));

/** What a command made of an Incident, to be written in one transaction. */
export const incidentWrite = (
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  at: { readonly nowMs: number; readonly actor: Actor; readonly policy: AlertPolicy },
): {
  readonly op: "incident";
  readonly row: IncidentRow;
  readonly alerts: readonly AlertRow[];
  readonly events: readonly IncidentEventRow[];
} => ({
  op: "incident",
  row: {
    id: after.id,
    groupKey: groupKeyOf(after.labels),
    pipeline: after.labels.pipeline,
    model: after.labels.model,
    cause: after.labels.cause,
    state: after.state,
    severity: after.severity,
    openedAt: after.openedAt,
    lastSeen: after.lastSeen,
    endedAt: after.endedAt,
    assignee: after.assignee,
    nextAt: nextAtOf(after, at),
    revision: after.seq,
    body: json(after),
  },
  alerts: alertRows(after),
  events: events.map((event, n) => ({
    incidentId: after.id,
    seq: before.seq + n + 1,
    type: event.type,
    at: at.nowMs,
    actor: json(at.actor),
    body: json(event),
  })),
});
