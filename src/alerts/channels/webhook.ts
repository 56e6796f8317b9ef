import { createHmac, timingSafeEqual } from "node:crypto";
import { sha256 } from "../../lib/hash.ts";
import { type ChannelCall, type ChannelMessage, cutText } from "./message.ts";

/** Alertmanager's word for an alert that has not ended (prometheus.io/docs/alerting/latest/configuration, webhook_config). */
const NOT_ENDED = "0001-01-01T00:00:00Z";
const SIGNATURE_HEADER = "x-mlpipeline-signature";

interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly externalUrl: string;
}

const iso = (ms: number | null): string => (ms === null ? NOT_ENDED : new Date(ms).toISOString());

const annotations = (said: string, title: string) => ({
  summary: cutText(title, 500),
  description: cutText(said, 2_000),
});

/** An Incident in Alertmanager's webhook form, version 4. */
export const webhookBody = (message: ChannelMessage, externalUrl: string) => {
  const groupLabels = {
    pipeline: message.pipeline,
    environment: message.environment,
    model: message.model,
    cause: message.cause,
  };
  return {
    version: "4",
    groupKey: `{}:{${Object.entries(groupLabels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(", ")}}`,
    truncatedAlerts: 0,
    status: message.open ? "firing" : "resolved",
    receiver: "mlpipeline",
    groupLabels,
    commonLabels: groupLabels,
    commonAnnotations: annotations(message.sentence, message.title),
    externalURL: externalUrl,
    alerts: message.alerts.map((alert) => ({
      status: alert.open && message.open ? "firing" : "resolved",
      labels: alert.labels,
      annotations: annotations(alert.said, message.title),
      startsAt: iso(alert.since),
      endsAt: iso(alert.open && message.open ? null : (alert.closedAt ?? message.endedAt)),
      generatorURL: externalUrl,
      fingerprint: alert.fingerprint.slice(0, 16),
    })),
  };
};

/** HMAC-SHA-256 of the body, as `sha256=<hex>`. */
export const signatureOf = (body: string, secret: string): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

export const webhookCall = (
  message: ChannelMessage,
  { externalUrl, secret, url }: WebhookOptions,
): ChannelCall => {
  const body = webhookBody(message, externalUrl);
  return {
    method: "POST",
    url,
    headers: {
      "content-type": "application/json",
      [SIGNATURE_HEADER]: signatureOf(JSON.stringify(body), secret),
    },
    body,
  };
};

/** Compares a bearer token in a time that tells nothing about it. */
export const isBearer = (header: string | undefined, token: string): boolean => {
  const given = Buffer.from(sha256(header ?? ""));
  return timingSafeEqual(given, Buffer.from(sha256(`Bearer ${token}`)));
};
