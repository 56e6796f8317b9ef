import type { Decision, DraftInput, LeftOut, PlanRole } from "../draft.ts";
import { escapers } from "../escape.ts";
import type { Quota } from "./kubernetes-architect/capacity.ts";
import { quotaOf } from "./kubernetes-architect/capacity.ts";
import type { OnlineStore, Volumes } from "./kubernetes-architect/storage.ts";
import { onlineStoreOf, volumesOf } from "./kubernetes-architect/storage.ts";
import { rolloutOf } from "./mlops-engineer/rollout.ts";
import type { Serving } from "./mlops-engineer/sizing.ts";
import { servingOf, trainingOf } from "./mlops-engineer/sizing.ts";

const LATER = "waits for a later release";
/** Below this share of repeated rows a cache costs more than it saves. */
const WORTHWHILE_HITS = 0.2;
/** Share of rows that repeat an earlier one exactly: no cache by row can hit more often than that on this data. */
const repeatedShare = ({ facts }: DraftInput): number =>
  facts.profile.duplicateRows / Math.max(1, facts.profile.rows);

const GPU_REASON =
  "the candidates are linear models and tree ensembles of scikit-learn, which run on processors only";

const batchLeftOut: readonly LeftOut[] = [
  "scaling.hpa-vpa",
  "scaling.mesh",
  "scaling.warmup",
  "cluster-storage.inference-cache",
].map((part) => ({
  part,
  why: "deployment_mode is batch: nothing answers online",
  toTurnOn: "deployment_mode: realtime",
}));

const cacheLeftOut = (input: DraftInput): LeftOut => {
  const hits = escapers.pct(repeatedShare(input));
  return {
    part: "cluster-storage.inference-cache",
    why:
      repeatedShare(input) < WORTHWHILE_HITS
        ? `off: ${hits} of the rows repeat an earlier one, so a cache would hit no more often; ${escapers.pct(WORTHWHILE_HITS)} would pay`
        : `${hits} of the rows repeat an earlier one, a cache could pay; it ${LATER}`,
    toTurnOn: "measure repeats in the prediction log, then ask for it",
  };
};

const choiceLeftOut = ({ spec }: DraftInput, online: boolean): readonly LeftOut[] => [
  ...(online && spec.choices.mesh === "none"
    ? [
        {
          part: "scaling.mesh",
          why: "mesh is none: no requests are split between versions; a release moves the registry's alias, which the service follows",
          toTurnOn: "mesh: istio",
        },
      ]
    : []),
  ...(spec.options.cloud_provider === "aws"
    ? []
    : [
        {
          part: "cluster-storage.artifacts",
          why: `the shared volumes of ${spec.options.cloud_provider} ${LATER}; the claims are written and wait for volumes of their names`,
          toTurnOn: "cloud_provider: aws",
        },
      ]),
];

const storeLeftOut = (
  { spec }: DraftInput,
  store: OnlineStore | null,
  online: boolean,
): readonly LeftOut[] => {
  const why = !online
    ? "deployment_mode is batch: no feature is looked up online"
    : store === null
      ? "the data has no entity key: every request carries its own columns and nothing is looked up"
      : spec.options.feature_store === "feast"
        ? null
        : `the store behind ${spec.options.feature_store} ${LATER}`;
  return why === null
    ? []
    : [
        {
          part: "cluster-storage.feature-storage",
          why,
          toTurnOn: "columns.entity in spec.yaml, with feature_store: feast",
        },
      ];
};

const leftOutOf = (
  input: DraftInput,
  store: OnlineStore | null,
  online: boolean,
): readonly LeftOut[] => {
  const mode = input.spec.options.deployment_mode;
  const queued = mode === "streaming" || mode === "hybrid";
  return [
    ...(online ? [cacheLeftOut(input)] : batchLeftOut),
    ...choiceLeftOut(input, online),
    ...storeLeftOut(input, store, online),
    {
      part: "scaling.keda",
      why: queued
        ? `scaling by queue lag ${LATER}, as the consumer does`
        : `deployment_mode is ${mode}: no queue whose lag could be followed, and a cold start does not fit ${input.spec.slo.p99_ms} ms`,
      toTurnOn: "deployment_mode: streaming or hybrid",
    },
  ];
};

const decisionsOf = (
  { facts, spec }: DraftInput,
  serving: Serving,
  quota: Quota,
  volumes: Volumes,
  online: boolean,
): readonly Decision[] => [
  {
    decided: "CPU only, no GPU is requested",
    why: `${GPU_REASON}; training takes about ${facts.sizing.trainMinutes} min`,
  },
  {
    decided: `namespace quota ${quota.cpuM / 1000} cores and ${escapers.num(quota.memoryMb)} MB`,
    why: quota.formula,
  },
  ...(online
    ? [
        {
          decided: `a replica is added for every ${serving.rpsPerReplica * serving.targetUtilisation} requests a second`,
          why: `${serving.rpsPerReplica} rps on one core x ${serving.targetUtilisation}; ${serving.replicasFormula}`,
        },
      ]
    : []),
  {
    decided: `training volume of ${volumes.trainingGi} GiB, one writer`,
    why: volumes.trainingFormula,
  },
  {
    decided: "models and predictions lie on a shared file system",
    why: "serving follows a changed alias without a restart, and writers rename files: a bucket mounted as files can do neither",
  },
  {
    decided: `training and tuning run on ${spec.choices.spot === "true" ? "spot" : "on-demand"} nodes, serving never on spot`,
    why: `a lost training run costs ${facts.sizing.trainMinutes} min; an interrupted tuning study goes on from its stored trials`,
  },
  {
    decided: "no training schedule",
    why: "retraining starts as a run that people approve, when drift or loss lasts and labels are enough",
  },
];

const spotRisks = ({ spec, facts }: DraftInput): readonly string[] =>
  spec.choices.spot === "true" && facts.sizing.trainMinutes > 30
    ? [
        `A training run has no checkpoint inside it: an interruption loses up to ${facts.sizing.trainMinutes} min.`,
      ]
    : [];

/** Decides where jobs and the service run on the cluster, how they grow and what they store. */
export const planKubernetesArchitect: PlanRole = (input) => {
  const { facts, spec } = input;
  const online = spec.options.deployment_mode !== "batch";
  const serving = servingOf(facts, spec);
  const training = trainingOf(facts);
  const quota = quotaOf(serving, training, online);
  const volumes = volumesOf(facts, spec);
  const store = onlineStoreOf(facts);
  const uri = spec.dataset.uri;
  return {
    view: {
      online,
      kserve: online && spec.options.serving_platform === "kserve",
      serving,
      training,
      quota,
      volumes,
      rollout: rolloutOf(facts, spec, serving),
      store: online && spec.options.feature_store === "feast" ? store : null,
      gpuReason: GPU_REASON,
      repeatedShare: repeatedShare(input),
      dataUri: /^[a-z0-9]+:\/\//.test(uri)
        ? uri
        : `s3://${input.names.service}-prod-data/raw/${uri.split("/").at(-1) ?? "data"}`,
      modelsPath: "/mnt/models",
      uid: 10_001,
      domain: "example.internal",
      spot: spec.choices.spot === "true",
    },
    decisions: decisionsOf(input, serving, quota, volumes, online),
    risks: [
      "The manifests are parsed and compared here; a server-side dry run needs a cluster with the KServe, Kubeflow Trainer and Istio definitions.",
      ...spotRisks(input),
    ],
    openQuestions: [
      ...(/^[a-z0-9]+:\/\//.test(uri)
        ? []
        : [
            {
              question: "Where does the cluster read the data from?",
              assumed: "the data bucket, prefix raw/, to which the local file is copied once",
            },
          ]),
      {
        question: "Does the cluster have KServe, Kubeflow Trainer, Istio and the metrics server?",
        assumed: "yes, installed by the platform's owner; versions stand in docs/architecture.md",
      },
    ],
    leftOut: leftOutOf(input, store, online),
  };
};
