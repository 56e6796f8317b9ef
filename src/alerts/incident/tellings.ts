import type { OutboxWrite } from "../../store/port.ts";
import { isOpen } from "./advance.ts";
import type { AlertPolicy, Incident, IncidentEvent } from "./types.ts";

/** Where Incidents are told besides Slack. */
export const PAGERS = ["pagerduty", "jsm", "opsgenie"] as const;
export type Pager = (typeof PAGERS)[number];
export const WEBHOOK = "webhook";
export type AlertTarget = Pager | typeof WEBHOOK;

export interface Told {
  readonly nowMs: number;
  readonly policy: AlertPolicy;
  /** The target of Slack's outbox; null in a home without a bot. */
  readonly slack: string | null;
  /** What is configured, and whether it takes this Incident. */
  readonly targets: readonly AlertTarget[];
}

const LINES: ReadonlySet<IncidentEvent["type"]> = new Set([
  "IncidentReopened",
  "SeverityRaised",
  "IncidentAcknowledged",
  "IncidentAssigned",
  "IncidentSnoozed",
  "SnoozeEnded",
  "IncidentEscalated",
  "ReleaseAsked",
  "ReleaseEnded",
  "IncidentResolved",
  "FalseAlarm",
]);

const has = (events: readonly IncidentEvent[], ...types: readonly IncidentEvent["type"][]) =>
  events.some((event) => types.includes(event.type));

const laneOf = (incident: Incident): string => `incident/${incident.id}`;

const row = (
  incident: Incident,
  target: string,
  kind: string,
  effectKey: string,
  more: { readonly from?: number; readonly notBeforeMs?: number } = {},
): OutboxWrite => ({
  effectKey,
  target,
  lane: laneOf(incident),
  kind,
  body: {
    run_id: incident.id,
    ref: incident.id,
    revision: incident.seq,
    ...(more.from === undefined ? {} : { from: more.from }),
  },
  ...(more.notBeforeMs === undefined ? {} : { notBeforeMs: more.notBeforeMs }),
});

/** Held back while nobody may be told; what ended meanwhile is the Digest's. */
const isHeld = (incident: Incident, nowMs: number): boolean => incident.heldUntil > nowMs;

const inSlack = (
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  target: string,
): readonly OutboxWrite[] => {
  const wasHeld = before.heldUntil > before.openedAt;
  const evidence = has(events, "AlertOpened") || (has(events, "IncidentFiring") && wasHeld);
  const said = events.some((event) => LINES.has(event.type));
  return [
    row(after, target, "incident", laneOf(after)),
    ...(evidence
      ? [row(after, target, "incident_evidence", `incident-evidence/${after.id}/${after.seq}`)]
      : []),
    ...(said
      ? [
          row(after, target, "incident_line", `incident-line/${after.id}/${after.seq}`, {
            from: before.seq,
          }),
        ]
      : []),
  ];
};

/** What a pager hears: the page, what joined it (at most every group interval), who took it, that it is over. */
const onPager = (
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  { nowMs, policy }: Told,
): { readonly notBeforeMs: number } | null => {
  if (!after.paged && !before.paged) return null;
  const now = { notBeforeMs: nowMs };
  if (!isOpen(after) || (after.paged && !before.paged)) return now;
  if (has(events, "IncidentAcknowledged", "IncidentRepeated", "SnoozeEnded")) return now;
  return has(events, "AlertOpened", "AlertClosed", "SeverityRaised")
    ? { notBeforeMs: nowMs + policy.groupIntervalMs }
    : null;
};

const onWebhook = (
  events: readonly IncidentEvent[],
  { nowMs, policy }: Told,
): { readonly notBeforeMs: number } | null => {
  if (has(events, "IncidentFiring", "IncidentResolved", "FalseAlarm", "IncidentRepeated"))
    return { notBeforeMs: nowMs };
  return has(events, "AlertOpened", "AlertClosed")
    ? { notBeforeMs: nowMs + policy.groupIntervalMs }
    : null;
};

/**
 * What must be told because of these events, as outbox rows: the one message in Slack with its thread, the pagers once it
 * escalated, the webhook once it fires. Bodies only name things: a channel renders the state that it finds when it sends.
 */
export const tellingsOf = (
  before: Incident,
  after: Incident,
  events: readonly IncidentEvent[],
  told: Told,
): readonly OutboxWrite[] => {
  if (events.length === 0) return [];
  const held = isHeld(after, told.nowMs);
  const slack = told.slack === null || held ? [] : inSlack(before, after, events, told.slack);
  const others = told.targets.flatMap((target) => {
    const when =
      target === WEBHOOK ? onWebhook(events, told) : onPager(before, after, events, told);
    return when === null || held ? [] : [row(after, target, "incident", laneOf(after), when)];
  });
  return [...slack, ...others];
};
