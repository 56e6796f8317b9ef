import type { Verdict } from "../../monitors/verdict.ts";
import type { FalseAlarmReason, Incident, IncidentEvent } from "./types.ts";

const CAUSES = {
  drift: "Drift",
  quality: "Data quality",
  performance: "Performance",
  cost: "Cost",
} as const;

export const REASON_WORDS: Readonly<Record<FalseAlarmReason, string>> = {
  season: "the season",
  known_change: "a known change",
  too_small: "too small to matter",
  broken_data: "broken data",
  other: "another reason",
};

/** Open alerts, worst and oldest first; the closed ones where none is open. */
export const shownAlerts = (incident: Incident): Incident["alerts"] => {
  const open = incident.alerts.filter((alert) => alert.open);
  const rank = { critical: 0, warning: 1, info: 2 } as const;
  return [...(open.length > 0 ? open : incident.alerts)].sort(
    (a, b) => rank[a.severity] - rank[b.severity] || a.since - b.since,
  );
};

const subjectOf = ({ segment, subject }: Verdict): string =>
  segment === null ? subject : `${subject} in ${segment}`;

/** "Drift: birdstrikes, wing span and 2 more". */
export const titleOf = (incident: Incident): string => {
  const { cause, model } = incident.labels;
  const [first, ...rest] = shownAlerts(incident);
  const what = first === undefined ? "" : `, ${subjectOf(first.verdict)}`;
  return `${CAUSES[cause]}: ${model}${what}${rest.length === 0 ? "" : ` and ${rest.length} more`}`;
};

/** The most telling sentence of the worst alert. */
export const sentenceOf = (incident: Incident): string =>
  shownAlerts(incident)[0]?.verdict.reasons[0] ?? "nothing is open";

const HOUR_MS = 3_600_000;

/** "4 min", "3.5 h", "2 days". */
export const lasted = (ms: number): string => {
  if (ms < HOUR_MS) return `${Math.max(1, Math.round(ms / 60_000))} min`;
  const hours = ms / HOUR_MS;
  return hours < 48 ? `${Math.round(hours * 10) / 10} h` : `${Math.round(hours / 24)} days`;
};

const utc = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

const byPeople = (
  event: IncidentEvent,
  who: string,
  name: (id: string) => string,
): string | null => {
  switch (event.type) {
    case "IncidentAcknowledged":
      return `${who} acknowledged it.`;
    case "IncidentAssigned":
      return `${who} assigned it to ${name(event.to)}.`;
    case "IncidentSnoozed":
      return `${who} snoozed it until ${event.until === null ? "the next deploy" : utc(event.until)}.`;
    case "FalseAlarm": {
      const note = event.note === "" ? "" : `: ${event.note}`;
      return `${who} called it a false alarm (${REASON_WORDS[event.reason]})${note}. It is told again once it has been quiet, or when it gets worse.`;
    }
    case "ReleaseAsked":
      return `${who} asked for ${event.action === "retrain" ? "a retraining run" : "a rollback"}; people decide it as approval ${event.approvalId.slice(-6)}.`;
    default:
      return null;
  }
};

/** What an event says in the Incident's thread; null for what only moves figures. `who` did it, `name` names people. */
export const eventWords = (
  event: IncidentEvent,
  who: string,
  name: (id: string) => string,
  incident: Incident,
): string | null => {
  const person = byPeople(event, who, name);
  if (person !== null) return person;
  switch (event.type) {
    case "IncidentReopened":
      return "It fires again less than a day after it ended, so it is open again.";
    case "SeverityRaised":
      return `It got worse: ${event.from} → ${event.to}.`;
    case "SnoozeEnded":
      return {
        expired: "The snooze has ended and it still fires.",
        severity: "It got worse, which ends the snooze.",
        deploy: "Another version was deployed, which ends the snooze.",
      }[event.why];
    case "IncidentEscalated":
      return event.harm
        ? "People are affected now, so on-call is told without waiting."
        : event.level === 1
          ? "Nobody has taken it for 15 minutes."
          : "Nobody has taken it for 30 minutes, so it is paged.";
    case "ReleaseEnded":
      return event.outcome;
    case "IncidentResolved":
      return event.why === "recovered"
        ? `Recovered after ${lasted((incident.endedAt ?? incident.lastSeen) - incident.openedAt)}.`
        : `${who} resolved it after ${lasted((incident.endedAt ?? incident.lastSeen) - incident.openedAt)}.`;
    default:
      return null;
  }
};
