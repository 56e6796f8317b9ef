import { MICRO_PER_USD } from "../lib/money.ts";

/** What an operator watches of one home, as counted at one moment. Ages are seconds, null where there is nothing. */
export interface OperatingFigures {
  readonly version: string;
  readonly runs: Readonly<
    Record<"running" | "paused" | "completed" | "failed" | "cancelled", number>
  >;
  readonly openApprovals: number;
  readonly overdueApprovals: number;
  /** Per outbox target. `lagSeconds`: how long the oldest row that is due has waited. */
  readonly outbox: readonly {
    readonly target: string;
    readonly waiting: number;
    readonly dead: number;
    readonly lagSeconds: number;
  }[];
  readonly attemptsLive: number;
  /** Seconds since the holder of the worker role was last heard of. */
  readonly workerBeatSeconds: number | null;
  readonly spentMicroUsd: number;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric in Prometheus' words, with its samples. */
export interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

const metricsOf = (figures: OperatingFigures): readonly Metric[] => [
  {
    name: "mlpipeline_build_info",
    type: "gauge",
    help: "Always 1; the version stands in the label.",
    samples: [{ labels: { version: figures.version }, value: 1 }],
  },
  {
    name: "mlpipeline_runs",
    type: "gauge",
    help: "Runs by state.",
    samples: Object.entries(figures.runs).map(([state, value]) => ({ labels: { state }, value })),
  },
  {
    name: "mlpipeline_approvals_open",
    type: "gauge",
    help: "Approvals that wait for people.",
    samples: one(figures.openApprovals),
  },
  {
    name: "mlpipeline_approvals_overdue",
    type: "gauge",
    help: "Approvals whose deadline has passed.",
    samples: one(figures.overdueApprovals),
  },
  {
    name: "mlpipeline_outbox_waiting",
    type: "gauge",
    help: "Rows that wait to be shown or pushed, by target.",
    samples: figures.outbox.map(({ target, waiting }) => ({ labels: { target }, value: waiting })),
  },
  {
    name: "mlpipeline_outbox_lag_seconds",
    type: "gauge",
    help: "How long the oldest row that is due has waited, by target.",
    samples: figures.outbox.map(({ lagSeconds, target }) => ({
      labels: { target },
      value: lagSeconds,
    })),
  },
  {
    name: "mlpipeline_outbox_dead",
    type: "gauge",
    help: "Rows that were given up after a day, by target.",
    samples: figures.outbox.map(({ dead, target }) => ({ labels: { target }, value: dead })),
  },
  {
    name: "mlpipeline_attempts_live",
    type: "gauge",
    help: "Attempts that specialists work on.",
    samples: one(figures.attemptsLive),
  },
  {
    name: "mlpipeline_worker_beat_age_seconds",
    type: "gauge",
    help: "Seconds since the worker was last heard of; absent where nobody ever worked.",
    samples: figures.workerBeatSeconds === null ? [] : one(figures.workerBeatSeconds),
  },
  {
    name: "mlpipeline_spend_usd_total",
    type: "counter",
    help: "What model calls of all runs came to, in USD.",
    samples: one(figures.spentMicroUsd / MICRO_PER_USD),
  },
];

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

const line = (name: string, { labels, value }: Sample): string => {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
};

/** Content type of the text that `renderMetrics` gives. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The figures in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Never throws. */
export const renderMetrics = (figures: OperatingFigures, more: readonly Metric[] = []): string =>
  [...metricsOf(figures), ...more]
    .filter(({ samples }) => samples.length > 0)
    .map(({ help, name, samples, type }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map((sample) => line(name, sample)),
      ].join("\n"),
    )
    .map((block) => `${block}\n`)
    .join("");
