import { z } from "zod";
import type { Verdict } from "../../monitors/verdict.ts";
import type { WatchKind } from "../../store/watch-rows.ts";
import type { IncidentLabels } from "../incident/types.ts";
import { cutText } from "./message.ts";

const Labels = z.record(z.string().max(200), z.string().max(4_000));

/** Alertmanager's webhook body, version 4; fields that we do not use are let through unread. */
export const WebhookBody = z.looseObject({
  version: z.literal("4"),
  status: z.enum(["firing", "resolved"]),
  alerts: z
    .array(
      z.looseObject({
        status: z.enum(["firing", "resolved"]),
        labels: Labels,
        annotations: Labels.default({}),
        startsAt: z.string(),
        endsAt: z.string().default(""),
        fingerprint: z.string().max(200).default(""),
      }),
    )
    .max(1_000),
});
export type WebhookBody = z.infer<typeof WebhookBody>;

/** Name of the Monitor in whose place the sender stands. */
export const WEBHOOK_MONITOR = "webhook";

const KINDS: readonly WatchKind[] = ["drift", "quality", "performance", "cost"];
const OWN: ReadonlySet<string> = new Set([
  "alertname",
  "severity",
  "pipeline",
  "environment",
  "model",
  "cause",
  "job",
  "service",
]);

const text = (value: string | undefined, max = 60): string => cutText(value ?? "", max).trim();

const levelOf = (severity: string | undefined): Verdict["level"] => {
  const word = severity?.toLowerCase();
  if (word === "critical" || word === "page" || word === "error") return "critical";
  return word === "info" || word === "none" ? "info" : "warning";
};

type Alert = WebhookBody["alerts"][number];

const groupOf = ({ labels }: Alert): IncidentLabels => {
  const model = text(labels.model ?? labels.service ?? labels.job) || "external";
  return {
    pipeline: text(labels.pipeline) || model,
    environment: text(labels.environment ?? labels.env) || "prod",
    model,
    cause: KINDS.find((kind) => kind === labels.cause) ?? "performance",
  };
};

/** Other labels tell alerts of one name apart. */
const segmentOf = ({ labels }: Alert): string | null => {
  const rest = Object.entries(labels)
    .filter(([name]) => !OWN.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${text(name, 40)}=${text(value, 40)}`);
  return rest.length === 0 ? null : cutText(rest.join(", "), 120);
};

const timeOf = (value: string, otherwise: number): number => {
  const at = Date.parse(value);
  return Number.isNaN(at) || at <= 0 ? otherwise : at;
};

const verdictOf = (alert: Alert, cause: WatchKind, nowMs: number): Verdict => {
  const { annotations, fingerprint, labels, startsAt, status } = alert;
  const firing = status === "firing";
  const name = text(labels.alertname, 100) || "alert";
  return {
    monitor: WEBHOOK_MONITOR,
    cause,
    subject: name,
    segment: segmentOf(alert),
    rule: "external",
    level: firing ? levelOf(labels.severity) : "ok",
    firing,
    windowEnd: nowMs,
    since: firing ? timeOf(startsAt, nowMs) : null,
    reasons: [
      text(annotations.summary ?? annotations.description ?? annotations.message, 500) || name,
    ],
    evidence: { theirs: text(fingerprint, 64) },
    inhibitedBy: null,
    restated: false,
    digestOnly: false,
  };
};

/** The alerts of a body by the Incident that they belong to. Texts are cut and without control characters; nothing in them is obeyed. */
export const readWebhook = (
  body: WebhookBody,
  nowMs: number,
): readonly { readonly labels: IncidentLabels; readonly verdicts: readonly Verdict[] }[] => {
  const groups = new Map<string, { labels: IncidentLabels; verdicts: Verdict[] }>();
  for (const alert of body.alerts) {
    const labels = groupOf(alert);
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, verdicts: [] };
    group.verdicts.push(verdictOf(alert, labels.cause, nowMs));
    groups.set(key, group);
  }
  return [...groups.values()];
};
