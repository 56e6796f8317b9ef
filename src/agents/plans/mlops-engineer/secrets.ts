import type { DraftInput } from "../../draft.ts";

/** One secret: where its value lies, who may read it and how often it changes. The value itself is nowhere in the repository. */
export interface Secret {
  readonly name: string;
  /** Workload that reads it: service account of the same name. */
  readonly consumer: "ingest" | "train" | "alertmanager";
  /** How the consumer gets it: an environment variable or a mounted file. */
  readonly reaches: string;
  readonly rotationDays: number;
  readonly why: string;
}

const REMOTE = /^(https?|s3|gs|postgres(ql)?):/;

/** The secrets that this pipeline's choices need, none that they do not. */
export const secretsOf = ({ spec, facts }: DraftInput): readonly Secret[] => [
  ...(REMOTE.test(spec.dataset.uri)
    ? [
        {
          name: "data-credential",
          consumer: "ingest" as const,
          reaches: "DATA_CREDENTIAL",
          rotationDays: 90,
          why: "the source is not a local file",
        },
      ]
    : []),
  ...(facts.groups.personal.length > 0
    ? [
        {
          name: "pseudonym-key",
          consumer: "ingest" as const,
          reaches: "PSEUDONYM_KEY",
          rotationDays: 365,
          why: `${facts.groups.personal.length} personal columns; a new key breaks the link to rows loaded before`,
        },
      ]
    : []),
  ...(spec.options.monitoring_stack === "prometheus" && spec.choices.paging === "pagerduty"
    ? [
        {
          name: "pagerduty-routing-key",
          consumer: "alertmanager" as const,
          reaches: "/etc/alertmanager/secrets/pagerduty-routing-key",
          rotationDays: 180,
          why: "harm pages",
        },
      ]
    : []),
  ...(spec.options.monitoring_stack === "prometheus"
    ? [
        {
          name: "slack-webhook-url",
          consumer: "alertmanager" as const,
          reaches: "/etc/alertmanager/secrets/slack-webhook-url",
          rotationDays: 180,
          why: "warnings go to Slack",
        },
      ]
    : []),
];
