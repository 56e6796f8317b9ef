import { isOpen } from "../incident/advance.ts";
import { labelsOf } from "../incident/fingerprint.ts";
import type { Alert, Incident } from "../incident/types.ts";
import { sentenceOf, shownAlerts, titleOf } from "../incident/words.ts";

/** An Incident as every channel besides Slack needs it. */
export interface ChannelMessage {
  readonly id: string;
  readonly open: boolean;
  readonly acked: boolean;
  readonly severity: "info" | "warning" | "critical";
  readonly title: string;
  readonly sentence: string;
  readonly pipeline: string;
  readonly model: string;
  readonly environment: string;
  readonly cause: string;
  readonly openedAt: number;
  readonly endedAt: number | null;
  readonly alerts: readonly {
    readonly open: boolean;
    readonly fingerprint: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly said: string;
    readonly since: number;
    readonly closedAt: number | null;
  }[];
}

const MAX_ALERTS = 100;

const alertOf = (incident: Incident, alert: Alert) => ({
  open: alert.open,
  fingerprint: alert.fingerprint,
  labels: {
    ...labelsOf(incident.labels, alert.verdict),
    severity: alert.severity,
    alertname: `${incident.labels.cause}: ${alert.verdict.rule}`,
  },
  said: alert.verdict.reasons[0] ?? "",
  since: alert.since,
  closedAt: alert.closedAt,
});

export const channelMessage = (incident: Incident): ChannelMessage => {
  const { cause, environment, model, pipeline } = incident.labels;
  const newest = [...shownAlerts(incident)].slice(0, MAX_ALERTS);
  return {
    id: incident.id,
    open: isOpen(incident),
    acked: incident.state === "acked" || incident.state === "snoozed",
    severity: incident.severity,
    title: titleOf(incident),
    sentence: sentenceOf(incident),
    pipeline,
    model,
    environment,
    cause,
    openedAt: incident.openedAt,
    endedAt: incident.endedAt,
    alerts: newest.map((alert) => alertOf(incident, alert)),
  };
};

/** Text without control characters, cut. What comes from data stays text in every channel. */
export const cutText = (text: string, max: number): string => {
  const plain = [...text].map((char) => (char < " " || char === "\u007f" ? " " : char)).join("");
  return plain.length > max ? `${plain.slice(0, max - 1)}…` : plain;
};

/** A call to a channel; null where there is nothing to say. */
export interface ChannelCall {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
