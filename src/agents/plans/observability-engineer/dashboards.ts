import type { PipelineSpec } from "../../../spec/spec.ts";

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** A line that the panel draws, such as the objective. */
  readonly limit?: number;
}

const query = (expr: string, legend: string): Query => ({ expr, legend });

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills this in, from the variable of the same name
const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;

const panelJson = (panel: Panel, index: number) => ({
  id: index + 1,
  type: "timeseries",
  title: panel.title,
  datasource: DATASOURCE,
  gridPos: { h: 8, w: 12, x: (index % 2) * 12, y: Math.floor(index / 2) * 8 },
  fieldConfig: {
    defaults: {
      unit: panel.unit,
      ...(panel.limit === undefined
        ? {}
        : {
            custom: { thresholdsStyle: { mode: "line" } },
            thresholds: {
              mode: "absolute",
              steps: [
                { color: "green", value: null },
                { color: "red", value: panel.limit },
              ],
            },
          }),
    },
    overrides: [],
  },
  targets: panel.queries.map((item, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: DATASOURCE,
    expr: item.expr,
    legendFormat: item.legend,
  })),
});

const dashboard = (service: string, name: string, panels: readonly Panel[]) => ({
  uid: `${service}-${name}`.slice(0, 40),
  title: `${service}: ${name}`,
  tags: ["mlpipeline", service],
  schemaVersion: 39,
  editable: true,
  refresh: "30s",
  time: { from: name === "service" ? "now-6h" : "now-14d", to: "now" },
  templating: {
    list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Data source" }],
  },
  panels: panels.map(panelJson),
});

const servicePanels = (job: string, spec: PipelineSpec): readonly Panel[] => [
  {
    title: "Requests",
    unit: "reqps",
    queries: [query(`sum by (status) (rate(http_requests_total{job="${job}"}[5m]))`, "{{status}}")],
  },
  {
    title: "Share of failed requests",
    unit: "percentunit",
    limit: 1 - spec.slo.availability,
    queries: [
      query("slo:error_ratio:rate5m", "5 minutes"),
      query("slo:error_ratio:rate1h", "1 hour"),
    ],
  },
  {
    title: "Latency",
    unit: "s",
    limit: spec.slo.p99_ms / 1000,
    queries: [0.5, 0.95, 0.99].map((quantile) =>
      query(
        `histogram_quantile(${quantile}, sum by (le) (rate(http_request_duration_seconds_bucket{job="${job}"}[5m])))`,
        `p${quantile * 100}`,
      ),
    ),
  },
  {
    title: "Memory and processors",
    unit: "short",
    queries: [
      query(`process_resident_memory_bytes{job="${job}"} / 1e6`, "MB {{instance}}"),
      query(`rate(process_cpu_seconds_total{job="${job}"}[5m])`, "cores {{instance}}"),
    ],
  },
];

const modelPanels = (job: string, model: string): readonly Panel[] => [
  {
    title: "Predictions by version",
    unit: "reqps",
    queries: [
      query(`sum(rate(predictions_total{job="${job}"}[5m]))`, "predictions"),
      query(`sum by (version) (model_info{job="${job}"})`, "serving {{version}}"),
    ],
  },
  {
    title: "Mean score",
    unit: "short",
    queries: [
      query(
        `sum(rate(prediction_score_sum{job="${job}"}[1h])) / sum(rate(prediction_score_count{job="${job}"}[1h]))`,
        "mean score",
      ),
    ],
  },
  {
    title: "Realised quality and its floor",
    unit: "short",
    queries: [
      query(`model_quality_realised{model="${model}"}`, "realised"),
      query(`model_quality_floor{model="${model}"}`, "floor"),
    ],
  },
];

const dataPanels = (model: string, floor: number): readonly Panel[] => [
  {
    title: "Drift effect per feature",
    unit: "short",
    limit: floor,
    queries: [query(`feature_drift_effect{model="${model}"}`, "{{feature}}")],
  },
  {
    title: "Features that drift",
    unit: "short",
    queries: [query(`sum(feature_drift_candidate{model="${model}"})`, "features")],
  },
  {
    title: "Rows compared",
    unit: "short",
    queries: [query(`pipeline_rows_total{model="${model}"}`, "{{stage}}")],
  },
  {
    title: "Age of the last monitor run",
    unit: "s",
    queries: [
      query(`time() - monitor_last_run_timestamp_seconds{model="${model}"}`, "{{monitor}}"),
    ],
  },
];

const costPanels = (online: boolean, job: string): readonly Panel[] => [
  {
    title: "CPU used of requested",
    unit: "percentunit",
    queries: [query("usage:cpu_used_ratio:rate1h", "{{pod}}")],
  },
  {
    title: "Memory used of requested",
    unit: "percentunit",
    queries: [query("usage:memory_used_ratio", "{{pod}}")],
  },
  ...(online
    ? [
        {
          title: "CPU seconds per 1,000 predictions",
          unit: "s",
          queries: [
            query(
              `1000 * sum(rate(process_cpu_seconds_total{job="${job}"}[1h])) / sum(rate(predictions_total{job="${job}"}[1h]))`,
              "CPU seconds",
            ),
          ],
        },
      ]
    : []),
];

/** Grafana's dashboard model for each dashboard by file name; the service's one only where something is served online. */
export const dashboardsOf = (
  spec: PipelineSpec,
  names: { readonly service: string; readonly pipeline: string },
  online: boolean,
  floor: number,
) => ({
  service: online ? dashboard(names.service, "service", servicePanels(names.service, spec)) : null,
  model: dashboard(
    names.service,
    "model",
    online
      ? modelPanels(names.service, names.pipeline)
      : modelPanels(names.service, names.pipeline).slice(-1),
  ),
  data: dashboard(names.service, "data", dataPanels(names.pipeline, floor)),
  cost: dashboard(names.service, "cost", costPanels(online, names.service)),
});
