/** An alert that the rules raise. `page` wakes somebody, `warning` goes to Slack. */
export interface Alert {
  readonly name: string;
  readonly runbook: string;
  readonly severity: "page" | "warning";
  readonly online: boolean;
  readonly summary: string;
}

const alert = (
  name: string,
  severity: Alert["severity"],
  online: boolean,
  summary: string,
): Alert => ({
  name,
  severity,
  online,
  summary,
  runbook: `runbooks/${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.md`,
});

const ALERTS: readonly Alert[] = [
  alert("ServiceDown", "page", true, "no replica answers Prometheus"),
  alert("ErrorsHigh", "page", true, "more than 5 % of requests failed in the last minute"),
  alert("LatencyHigh", "page", true, "more than 5 % of requests were slower than the objective"),
  alert("ErrorBudgetBurnFast", "page", true, "the month's error budget would be gone in 2 days"),
  alert("ErrorBudgetBurnSteady", "page", true, "the month's error budget would be gone in 5 days"),
  alert("ErrorBudgetBurnSlow", "warning", true, "errors use up the budget as fast as it grows"),
  alert("MemorySaturated", "warning", true, "the service uses more than 90 % of its memory"),
  alert("CpuSaturated", "warning", true, "the service uses more than 90 % of its processors"),
  alert("PredictionsStopped", "warning", true, "the service is up and has predicted nothing"),
  alert("FeatureDrift", "warning", false, "a feature has moved away from the training part"),
  alert("ModelDegraded", "page", false, "the realised metric lies below its band"),
  alert("MonitorStale", "warning", false, "the drift monitor has stopped reporting"),
];

/** The alerts that apply: in batch mode there is no online service to watch. */
export const alertsOf = (online: boolean): readonly Alert[] =>
  ALERTS.filter((item) => online || !item.online);
