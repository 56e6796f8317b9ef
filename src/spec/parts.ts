import type { Role } from "./roles.ts";

/** A deliverable of the contract with the ids of its parts: `ingestion` has `ingestion.sources`, … */
export interface DeliverableSpec {
  readonly id: string;
  readonly role: Role;
  readonly title: string;
  readonly parts: readonly string[];
}

const of = (role: Role, id: string, title: string, parts: string): DeliverableSpec => ({
  id,
  role,
  title,
  parts: parts.split(" ").map((part) => `${id}.${part}`),
});

/** All 24 deliverables with their 96 parts, in the order of the playbook. Ids are stable. */
export const DELIVERABLES: readonly DeliverableSpec[] = [
  of(
    "data-engineer",
    "ingestion",
    "Sources and how they come in",
    "sources schema versioning incremental",
  ),
  of(
    "data-engineer",
    "data-quality",
    "Quality rules and gates",
    "profiling anomalies lineage gates",
  ),
  of("data-engineer", "storage", "Where the data lies", "layers partitioning retention cost"),
  of(
    "data-scientist",
    "features",
    "Features, from column to store",
    "transforms store statistics missing-outliers",
  ),
  of(
    "data-scientist",
    "model-requirements",
    "What the model must achieve",
    "algorithm metrics data-needs acceptance",
  ),
  of(
    "data-scientist",
    "experiment-design",
    "How a benefit will be proved",
    "hypothesis ab sample-size bias",
  ),
  of("ml-engineer", "training", "Training code", "modules tuning distributed cv-ensemble"),
  of(
    "ml-engineer",
    "tracking",
    "Training runs and their evidence",
    "integration metrics artifacts compare",
  ),
  of(
    "ml-engineer",
    "registry",
    "Versions, promotion, return",
    "versions metadata promotion rollback",
  ),
  of(
    "python-pro",
    "code-quality",
    "Structure and failure behaviour",
    "structure errors logging components",
  ),
  of("python-pro", "performance", "Speed and memory", "profiling caching loading memory"),
  of("python-pro", "tests", "Tests that bite", "unit integration model perf-regression"),
  of("mlops-engineer", "serving", "Ways to get a prediction", "api batch stream platform"),
  of("mlops-engineer", "rollout", "Release strategies", "blue-green canary shadow ab"),
  of("mlops-engineer", "cicd", "From commit to release", "workflows gates model-validation gitops"),
  of(
    "mlops-engineer",
    "infrastructure",
    "Cloud, charts, images, secrets",
    "terraform helm docker secrets",
  ),
  of(
    "kubernetes-architect",
    "workloads",
    "Jobs on the cluster",
    "training gpu spot priority-quota",
  ),
  of("kubernetes-architect", "scaling", "Serving on the cluster", "hpa-vpa keda mesh warmup"),
  of(
    "kubernetes-architect",
    "cluster-storage",
    "Volumes, artefacts, caches",
    "training-data artifacts feature-storage inference-cache",
  ),
  of(
    "observability-engineer",
    "model-monitoring",
    "How well the model does",
    "accuracy latency importance kpi",
  ),
  of(
    "observability-engineer",
    "drift",
    "Change in data and concept",
    "statistical concept distributions alerts-reports",
  ),
  of(
    "observability-engineer",
    "observability",
    "Metrics, panels, traces, logs",
    "metrics dashboards tracing logs",
  ),
  of(
    "observability-engineer",
    "alerting",
    "Alerts and what they set off",
    "paging retraining degradation runbooks",
  ),
  of(
    "observability-engineer",
    "cost",
    "What it costs and saves",
    "utilisation allocation recommendations budgets",
  ),
];
