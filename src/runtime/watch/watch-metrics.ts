import type { Verdict } from "../../monitors/verdict.ts";
import type { Store } from "../../store/port.ts";
import type { MonitorRow } from "../../store/watch-rows.ts";
import type { Metric } from "../metrics.ts";
import { periodAt } from "./next-slot.ts";
import { figureOf } from "./views.ts";

/** Features of a model that get a series of their own; the rest share "other" (monitoring.md 10). */
const OWN_SERIES = 20;
const LEVELS = ["ok", "info", "warning", "critical", "not_enough_data"] as const;
const SEVERITIES = ["info", "warning", "critical"] as const;
const OPEN = ["pending", "firing", "acked", "snoozed"] as const;

interface Looked {
  readonly monitor: MonitorRow;
  readonly verdicts: readonly Verdict[];
}

const worstOf = (verdicts: readonly Verdict[]): (typeof LEVELS)[number] =>
  (["critical", "warning", "info", "not_enough_data"] as const).find((level) =>
    verdicts.some((verdict) => verdict.level === level),
  ) ?? (verdicts.length === 0 ? "not_enough_data" : "ok");

const effectsOf = ({ monitor, verdicts }: Looked): Metric["samples"] => {
  const figures = verdicts
    .filter((verdict) => verdict.rule === "drift" && verdict.segment === null)
    .map((verdict) => ({ subject: verdict.subject, ...figureOf(verdict) }))
    .filter((one) => one.value !== null)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const rest = figures.slice(OWN_SERIES);
  const sample = (feature: string, metric: string, value: number) => ({
    labels: { model: monitor.model, feature, metric },
    value,
  });
  return [
    ...figures.slice(0, OWN_SERIES).map((one) => sample(one.subject, one.name, one.value ?? 0)),
    ...(rest[0] ? [sample("other", rest[0].name, rest[0].value ?? 0)] : []),
  ];
};

const gauge = (name: string, help: string, samples: Metric["samples"]): Metric => ({
  name: `mlpipeline_${name}`,
  type: "gauge",
  help,
  samples,
});

const monitorMetrics = (looked: readonly Looked[], nowMs: number): readonly Metric[] => [
  gauge(
    "monitor_verdict",
    "1 for the level at which a monitor stands.",
    looked.flatMap(({ monitor, verdicts }) =>
      LEVELS.map((level) => ({
        labels: { monitor: monitor.id, level },
        value: worstOf(verdicts) === level ? 1 : 0,
      })),
    ),
  ),
  gauge(
    "monitor_last_run_timestamp_seconds",
    "When a monitor last looked, in Unix time.",
    looked
      .filter(({ monitor }) => monitor.checkedAt !== null)
      .map(({ monitor }) => ({
        labels: { monitor: monitor.id },
        value: Math.round((monitor.checkedAt ?? 0) / 1_000),
      })),
  ),
  gauge(
    "monitor_interval_seconds",
    "Time between two looks of a monitor.",
    looked.map(({ monitor }) => ({
      labels: { monitor: monitor.id },
      value: periodAt({ cron: monitor.cron, zone: monitor.zone }, nowMs) / 1_000,
    })),
  ),
  gauge(
    "drift_effect_ratio",
    "Effect of the drift of a feature, 0 to 1.",
    looked.filter(({ monitor }) => monitor.kind === "drift").flatMap(effectsOf),
  ),
];

/** What the watch tells Prometheus: levels, last looks, effects, open incidents, false alarms. Reads only. */
export const readWatchMetrics = async (
  { watch }: Pick<Store, "watch">,
  nowMs: number,
): Promise<readonly Metric[]> => {
  const monitors = await watch.monitors({ enabled: true });
  const looked = await Promise.all(
    monitors.map(async (monitor) => ({
      monitor,
      verdicts: (await watch.latestVerdicts(monitor.id)).map(
        (row) => row.body as unknown as Verdict,
      ),
    })),
  );
  const open = await watch.incidents({ states: OPEN, limit: 1_000 });
  return [
    ...monitorMetrics(looked, nowMs),
    gauge(
      "incidents_open",
      "Open incidents by severity.",
      SEVERITIES.map((severity) => ({
        labels: { severity },
        value: open.filter((one) => one.severity === severity).length,
      })),
    ),
    {
      name: "mlpipeline_false_alarms_total",
      type: "counter",
      help: "Incidents that people called a false alarm.",
      samples: [{ labels: {}, value: await watch.countEvents("FalseAlarm", 0) }],
    },
  ];
};
