import { ConfigError } from "../../lib/errors.ts";
import { type ChannelCall, type ChannelMessage, cutText } from "./message.ts";

/** Opsgenie's REST API ends on this day (Atlassian's announcement of its end of support). */
const OPSGENIE_ENDS_MS = Date.UTC(2027, 3, 5);

// Limits of Opsgenie's alert API (docs.opsgenie.com/docs/alert-api), whose form Jira Service Management has taken over.
const MESSAGE = 130;
const ALIAS = 250;
const DESCRIPTION = 15_000;
const PRIORITY = { critical: "P1", warning: "P3", info: "P5" } as const;

interface GenieOptions {
  readonly url: string;
  readonly apiKey: string;
}

/** What the alert service is told of an Incident: created, acknowledged or closed by its alias. */
export const genieCall = (message: ChannelMessage, { apiKey, url }: GenieOptions): ChannelCall => {
  const alias = cutText(`mlpipeline-${message.id}`, ALIAS);
  const headers = { "content-type": "application/json", authorization: `GenieKey ${apiKey}` };
  const source = "mlpipeline";
  if (!message.open || message.acked) {
    const verb = message.open ? "acknowledge" : "close";
    const place = `${url}/${encodeURIComponent(alias)}/${verb}?identifierType=alias`;
    return {
      method: "POST",
      url: place,
      headers,
      body: { source, note: cutText(message.title, 1_000) },
    };
  }
  const { cause, environment, model, pipeline, sentence, severity, title } = message;
  const said = message.alerts.filter((alert) => alert.open).map((alert) => alert.said);
  return {
    method: "POST",
    url,
    headers,
    body: {
      message: cutText(title, MESSAGE),
      alias,
      description: cutText([sentence, ...said].join("\n"), DESCRIPTION),
      priority: PRIORITY[severity],
      source,
      entity: cutText(model, 512),
      tags: [cause, environment, pipeline].map((tag) => cutText(tag, 50)),
      details: { incident: message.id, pipeline, model, environment, cause },
    },
  };
};

/** What to say about Opsgenie at a start: a warning while it lives. ConfigError OPSGENIE_ENDED after its end. */
export const opsgenieNotice = (nowMs: number): string => {
  const day = new Date(OPSGENIE_ENDS_MS).toISOString().slice(0, 10);
  if (nowMs < OPSGENIE_ENDS_MS)
    return `Opsgenie's API ends on ${day}; set JSM_API_KEY (Jira Service Management) or PAGERDUTY_ROUTING_KEY before.`;
  throw new ConfigError("OPSGENIE_ENDED", `Opsgenie's API ended on ${day}`, {
    next: "unset OPSGENIE_API_KEY and set JSM_API_KEY or PAGERDUTY_ROUTING_KEY",
  });
};
