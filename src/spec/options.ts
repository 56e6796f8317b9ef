/** A value that still works but whose service ends or has ended; shown at start, in the handoff, README and lock. */
export interface EndingWarning {
  readonly system: string;
  readonly text: string;
  readonly ends: string | null;
  readonly instead: readonly string[];
}

/** The seven options; the first value is the default. */
export const OPTIONS = {
  experiment_tracking: ["mlflow", "wandb", "neptune", "clearml"],
  feature_store: ["feast", "tecton", "databricks", "custom"],
  serving_platform: ["kserve", "seldon", "torchserve", "triton"],
  orchestration: ["kubeflow", "airflow", "prefect", "dagster"],
  cloud_provider: ["aws", "azure", "gcp", "multi-cloud"],
  deployment_mode: ["realtime", "batch", "streaming", "hybrid"],
  monitoring_stack: ["prometheus", "datadog", "newrelic", "custom"],
} as const;
export type OptionName = keyof typeof OPTIONS;
export type Options = { readonly [K in OptionName]: (typeof OPTIONS)[K][number] };
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[];

/** Choices besides the seven options; the first value is the default. */
export const CHOICES = {
  schema_validation: ["both", "pydantic", "great-expectations"],
  data_versioning: ["dvc", "lakefs"],
  change_capture: ["auto", "watermark", "log", "snapshot"],
  tuner: ["optuna", "ray-tune"],
  distributed: ["auto", "ddp", "horovod"],
  api: ["both", "rest", "grpc"],
  broker: ["kafka", "kinesis"],
  rollout: ["canary", "blue-green", "shadow", "ab"],
  ci: ["github", "gitlab"],
  gitops: ["argocd", "none"],
  secrets: ["cloud", "vault"],
  vpa: ["recommend", "off"],
  mesh: ["istio", "none"],
  gpu: ["auto", "none", "time-slicing", "mps", "mig"],
  spot: ["true", "false"],
  tracing: ["jaeger", "zipkin"],
  logs: ["loki", "elk"],
  paging: ["pagerduty", "jsm", "opsgenie", "none"],
} as const;
export type ChoiceName = keyof typeof CHOICES;
export type Choices = { readonly [K in ChoiceName]: (typeof CHOICES)[K][number] };
export const CHOICE_NAMES = Object.keys(CHOICES) as readonly ChoiceName[];

/** Values whose service has ended or is ending, as of November 2026; keyed `option=value`. */
export const ENDING: Readonly<Record<string, EndingWarning>> = {
  "experiment_tracking=neptune": {
    system: "neptune",
    text: "the hosted service was bought by OpenAI and its data deleted after 5 March 2026",
    ends: "2026-03-05",
    instead: ["mlflow"],
  },
  "feature_store=tecton": {
    system: "tecton",
    text: "bought by Databricks in August 2025; plan and apply need its cluster",
    ends: null,
    instead: ["databricks", "feast"],
  },
  "serving_platform=torchserve": {
    system: "torchserve",
    text: "limited maintenance; the KServe runtime for it is being removed",
    ends: null,
    instead: ["triton", "kserve"],
  },
  "paging=opsgenie": {
    system: "opsgenie",
    text: "no new sales since 4 June 2025; support and API end on 5 April 2027",
    ends: "2027-04-05",
    instead: ["jsm", "pagerduty"],
  },
  "distributed=horovod": {
    system: "horovod",
    text: "the last release, 0.28.1 of 2023, does not build with torch 2.1 or newer",
    ends: null,
    instead: ["ddp"],
  },
};

const firsts = <T extends Readonly<Record<string, readonly string[]>>>(table: T) =>
  Object.fromEntries(Object.entries(table).map(([name, values]) => [name, values[0]]));

export const DEFAULT_OPTIONS = firsts(OPTIONS) as Options;
export const DEFAULT_CHOICES = firsts(CHOICES) as Choices;
