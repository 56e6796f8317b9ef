import { type EventAt, evolveIncident } from "./evolve-incident.ts";
import { quietUntil } from "./quiet-hours.ts";
import { isWorse, worstOf } from "./severity.ts";
import type {
  AdvanceContext,
  Finding,
  Incident,
  IncidentCommand,
  IncidentEvent,
  IncidentRejection,
} from "./types.ts";

type Of<T extends IncidentCommand["type"]> = Extract<IncidentCommand, { readonly type: T }>;

const reject = (
  code: IncidentRejection["code"],
  message: string,
  valid: readonly string[] = [],
): IncidentRejection => ({ code, message, valid });

export const isIncidentRejection = (
  result: readonly IncidentEvent[] | IncidentRejection,
): result is IncidentRejection => !Array.isArray(result);

/** Whether an Incident still asks for something. */
export const isOpen = ({ state }: Pick<Incident, "state">): boolean =>
  state === "pending" || state === "firing" || state === "acked" || state === "snoozed";

const openAlerts = (incident: Incident) => incident.alerts.filter((alert) => alert.open);

/** Nobody is told of a warning in quiet hours; a critical one waits for nothing. */
const heldUntil = (firing: readonly Finding[], { nowMs, policy }: AdvanceContext): number => {
  if (worstOf(firing.map((one) => one.severity)) === "critical") return nowMs;
  return quietUntil(nowMs, policy.quietHours) ?? nowMs;
};

const raised = (incident: Incident, firing: readonly Finding[]): readonly IncidentEvent[] => {
  const to = worstOf(firing.map((one) => one.severity));
  return isWorse(to, incident.severity)
    ? [
        { type: "SeverityRaised", from: incident.severity, to },
        ...(incident.state === "snoozed"
          ? [{ type: "SnoozeEnded" as const, why: "severity" as const }]
          : []),
      ]
    : [];
};

const alertEvents = (
  incident: Incident,
  firing: readonly Finding[],
  newId: () => string,
): readonly IncidentEvent[] => {
  const known = new Set(openAlerts(incident).map((alert) => alert.fingerprint));
  return firing.map((finding) =>
    known.has(finding.fingerprint)
      ? { type: "AlertSeen", finding }
      : { type: "AlertOpened", id: newId(), finding },
  );
};

const observeOpen = (
  incident: Incident,
  { firing, quiet }: Of<"observe">,
  context: AdvanceContext,
): readonly IncidentEvent[] => {
  const fires = new Set(firing.map((finding) => finding.fingerprint));
  const closing = openAlerts(incident).filter(
    (alert) => quiet.includes(alert.fingerprint) && !fires.has(alert.fingerprint),
  );
  const closed = closing.map(
    ({ fingerprint }): IncidentEvent => ({ type: "AlertClosed", fingerprint }),
  );
  const left = openAlerts(incident).length - closing.length;
  if (firing.length === 0 && closing.length > 0 && left === 0)
    return [...closed, { type: "IncidentResolved", why: "recovered" }];
  return [...closed, ...raised(incident, firing), ...alertEvents(incident, firing, context.newId)];
};

/** What people dismissed and what is no worse since; they are told again once it has been quiet. */
export const isDismissed = (incident: Incident, { fingerprint, severity }: Finding): boolean =>
  incident.alerts.some(
    (alert) =>
      alert.dismissed && alert.fingerprint === fingerprint && !isWorse(severity, alert.severity),
  );

const observe = (
  incident: Incident,
  command: Of<"observe">,
  context: AdvanceContext,
): readonly IncidentEvent[] => {
  if (isOpen(incident)) return observeOpen(incident, command, context);
  const { labels, quiet } = command;
  const firing = command.firing.filter((finding) => !isDismissed(incident, finding));
  if (firing.length === 0)
    return incident.alerts
      .filter((alert) => alert.dismissed && quiet.includes(alert.fingerprint))
      .map(({ fingerprint }): IncidentEvent => ({ type: "DismissalEnded", fingerprint }));
  const held = heldUntil(firing, context);
  return [
    incident.state === "none"
      ? { type: "IncidentOpened", labels, heldUntil: held }
      : { type: "IncidentReopened", heldUntil: held },
    ...firing.map(
      (finding): IncidentEvent => ({ type: "AlertOpened", id: context.newId(), finding }),
    ),
  ];
};

const isHarmful = (incident: Incident): boolean => openAlerts(incident).some((alert) => alert.harm);

/** How far a critical Incident that nobody took has escalated by now. */
const escalationAt = (incident: Incident, { nowMs, policy }: AdvanceContext): 0 | 1 | 2 => {
  if (incident.severity !== "critical" || incident.state !== "firing") return 0;
  if (isHarmful(incident)) return 2;
  const waited = nowMs - Math.max(incident.heldUntil, incident.openedAt);
  return waited >= policy.pageAfterMs ? 2 : waited >= policy.mentionAfterMs ? 1 : 0;
};

const escalated = (incident: Incident, context: AdvanceContext): readonly IncidentEvent[] => {
  const level = escalationAt(incident, context);
  if (level === 0 || level <= incident.escalation) return [];
  return [{ type: "IncidentEscalated", level, harm: isHarmful(incident) }];
};

const tick = (incident: Incident, context: AdvanceContext): readonly IncidentEvent[] => {
  const { nowMs, policy } = context;
  if (incident.state === "pending" && nowMs >= incident.heldUntil + policy.groupWaitMs)
    return [{ type: "IncidentFiring" }];
  if (
    incident.state === "snoozed" &&
    incident.snooze?.until != null &&
    nowMs >= incident.snooze.until
  )
    return [{ type: "SnoozeEnded", why: "expired" }];
  const more = escalated(incident, context);
  if (more.length > 0) return more;
  return incident.state === "firing" && nowMs >= incident.repeatedAt + policy.repeatIntervalMs
    ? [{ type: "IncidentRepeated" }]
    : [];
};

const snooze = (
  incident: Incident,
  { until }: Of<"snooze">,
  { nowMs, policy }: AdvanceContext,
): readonly IncidentEvent[] | IncidentRejection =>
  until !== null && (until <= nowMs || until > nowMs + policy.maxSnoozeMs)
    ? reject("SNOOZE_RANGE", "a snooze ends in the future, within 30 days", ["snooze"])
    : incident.state === "snoozed" && incident.snooze?.until === until
      ? []
      : [{ type: "IncidentSnoozed", until }];

const assign = (incident: Incident, { to }: Of<"assign">): readonly IncidentEvent[] => [
  ...(incident.assignee === to ? [] : [{ type: "IncidentAssigned" as const, to }]),
  ...(incident.state === "acked" ? [] : [{ type: "IncidentAcknowledged" as const }]),
];

type Decide = (
  incident: Incident,
  command: IncidentCommand,
  context: AdvanceContext,
) => readonly IncidentEvent[] | IncidentRejection;

const byPerson: Decide = (incident, command, context) => {
  // A Monitor may ask for a retraining too: asking decides nothing.
  if (context.by === null && command.type !== "release")
    return reject("PEOPLE_ONLY", "somebody must have decided this");
  switch (command.type) {
    case "ack":
      return incident.state === "acked" ? [] : [{ type: "IncidentAcknowledged" }];
    case "assign":
      return assign(incident, command);
    case "snooze":
      return snooze(incident, command, context);
    case "false_alarm":
      return [{ type: "FalseAlarm", reason: command.reason, note: command.note }];
    case "resolve":
      return [{ type: "IncidentResolved", why: "person" }];
    case "release": {
      const { action, approvalId, runId } = command;
      return [{ type: "ReleaseAsked", action, approvalId, runId }];
    }
    default:
      return reject("NOT_READY", `an Incident does not take ${command.type}`);
  }
};

const decide: Decide = (incident, command, context) => {
  switch (command.type) {
    case "observe":
      return observe(incident, command, context);
    case "tick":
      return isOpen(incident) ? tick(incident, context) : [];
    case "deployed":
      return incident.state === "snoozed" && incident.snooze?.until === null
        ? [{ type: "SnoozeEnded", why: "deploy" }]
        : [];
    case "release_ended":
      return incident.releases.some(
        (one) => one.approvalId === command.approvalId && one.outcome === null,
      )
        ? [{ type: "ReleaseEnded", approvalId: command.approvalId, outcome: command.outcome }]
        : [];
    default:
      if (incident.state === "none")
        return reject("INCIDENT_NOT_FOUND", "there is no such Incident");
      if (!isOpen(incident))
        return reject("INCIDENT_OVER", `this Incident is ${incident.state.replace("_", " ")}`, [
          "alerts_list",
        ]);
      return byPerson(incident, command, context);
  }
};

export const foldIncident = (
  incident: Incident,
  events: readonly IncidentEvent[],
  at: EventAt,
): Incident => events.reduce((state, event) => evolveIncident(state, event, at), incident);

/**
 * What a command makes happen to an Incident: states pending → firing → acked | snoozed → resolved | false_alarm, and firing again
 * within a day reopens. Pure; anything else is a typed rejection. Harm escalates in the same moment in which it is seen.
 */
export const advance: Decide = (incident, command, context) => {
  const events = decide(incident, command, context);
  if (isIncidentRejection(events) || events.length === 0) return events;
  const at = { atMs: context.nowMs, by: context.by };
  const after = foldIncident(incident, events, at);
  const urgent =
    after.state === "pending" && after.severity === "critical"
      ? [{ type: "IncidentFiring" as const }]
      : [];
  const firing = foldIncident(after, urgent, at);
  return [...events, ...urgent, ...(isOpen(firing) ? escalated(firing, context) : [])];
};

/** When the clock next has something to say to an Incident; null: never by itself. */
export const nextAtOf = (
  incident: Incident,
  { policy }: Pick<AdvanceContext, "policy">,
): number | null => {
  const { heldUntil: held, openedAt, repeatedAt, snooze: snoozed, state } = incident;
  if (state === "pending") return held + policy.groupWaitMs;
  if (state === "snoozed") return snoozed?.until ?? null;
  if (state !== "firing") return null;
  const from = Math.max(held, openedAt);
  const steps =
    incident.severity !== "critical"
      ? []
      : [from + policy.mentionAfterMs, from + policy.pageAfterMs].slice(incident.escalation);
  return Math.min(repeatedAt + policy.repeatIntervalMs, ...steps);
};
