import type { Decision, DraftInput, LeftOut, PlanRole } from "../draft.ts";
import { escapers } from "../escape.ts";
import type { Rollout } from "./mlops-engineer/rollout.ts";
import { rolloutOf } from "./mlops-engineer/rollout.ts";
import { secretsOf } from "./mlops-engineer/secrets.ts";
import type { Serving, TrainingSize } from "./mlops-engineer/sizing.ts";
import { servingOf, trainingOf } from "./mlops-engineer/sizing.ts";

const LATER = "waits for a later release";
const DAY_SECONDS = 86_400;
/** Rows of one partition of the batch job: what is done again after a kill. */
const MAX_PARTITION_ROWS = 10_000;

const partitionRows = (rowsPerDay: number): number =>
  Math.max(100, Math.min(MAX_PARTITION_ROWS, Math.ceil(rowsPerDay / 10)));

const decisionsOf = (
  { facts, spec }: DraftInput,
  serving: Serving,
  rollout: Rollout,
  training: TrainingSize,
): readonly Decision[] => {
  const first = rollout.stages[0];
  const total = rollout.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const online = spec.options.deployment_mode !== "batch";
  return [
    ...(online
      ? [
          {
            decided: `${serving.environments.find(({ name }) => name === "prod")?.minReplicas} to ${serving.environments.find(({ name }) => name === "prod")?.maxReplicas} replicas in prod, ${serving.memoryRequestMb} MB each`,
            why: `${serving.replicasFormula}; ${serving.memoryFormula}`,
          },
          {
            decided: `${rollout.active} is the active rollout, first stage ${first?.weight ?? 100} % of requests`,
            why: `${rollout.firstWeightFormula}; all stages take ${escapers.num(Math.ceil(total / 60))} minutes at ${facts.load.rpsMean} rps`,
          },
          {
            decided: `a stage lasts ${escapers.num(rollout.requestsPerStage)} requests of the new version`,
            why: rollout.requestsFormula,
          },
          {
            decided: "the prediction log is written by a thread of its own",
            why: `a slow disk must not reach the ${spec.slo.p99_ms} ms; a kill loses at most 30 s of log, a full queue loses rows and counts them`,
          },
        ]
      : []),
    {
      decided: `the batch job works in partitions of ${escapers.num(partitionRows(facts.load.batchRowsPerDay))} rows`,
      why: `a tenth of ${escapers.num(facts.load.batchRowsPerDay)} rows a day; a killed job repeats one partition and doubles nothing`,
    },
    {
      decided: `jobs in CI end after ${ciMinutes(training)} minutes`,
      why: `training is bounded by ${training.formula}`,
    },
    {
      decided: "prod is synchronised by hand",
      why: "a release to prod needs an approval of kind release; dev and staging follow main by themselves",
    },
  ];
};

/** A hosted runner ends every job after six hours. */
const MAX_CI_MINUTES = 360;

const ciMinutes = (training: TrainingSize): number =>
  Math.min(MAX_CI_MINUTES, Math.ceil(training.deadlineSeconds / 60) + 5);

const leftOutOf = ({ spec }: DraftInput): readonly LeftOut[] => {
  const mode = spec.options.deployment_mode;
  const offline = mode === "batch";
  return [
    ...(offline
      ? ["serving.api", "serving.platform", "rollout.canary", "rollout.ab"].map((part) => ({
          part,
          why: "deployment_mode is batch: nothing answers online",
          toTurnOn: "deployment_mode: realtime",
        }))
      : []),
    ...(!offline && spec.choices.api !== "rest"
      ? [
          {
            part: "serving.api.grpc",
            why: `gRPC ${LATER}; REST and the Open Inference protocol over HTTP answer on the same contract`,
            toTurnOn: "a release that writes it, with api: both",
          },
        ]
      : []),
    mode === "realtime" || offline
      ? {
          part: "serving.stream",
          why: `deployment_mode is ${mode}: no consumer reads a stream`,
          toTurnOn: "deployment_mode: streaming or hybrid",
        }
      : {
          part: "serving.stream",
          why: `the ${spec.choices.broker} consumer ${LATER}; the online service and the batch job are written`,
          toTurnOn: "a release that writes it",
        },
  ];
};

const questionsOf = ({ facts }: DraftInput, serving: Serving) => [
  ...(facts.load.from === "spec"
    ? []
    : [
        {
          question: "How many requests a second will come, on average and at the peak?",
          assumed: `${facts.load.rpsMean} and ${facts.load.rpsPeak} (${facts.load.from === "arrival" ? "from the arrival of rows" : "nothing was given or measured"})`,
        },
      ]),
  {
    question: "How many predictions a second does one core make?",
    assumed: `${serving.rpsPerReplica}, until make load-test has measured this model`,
  },
  {
    question: "Which cloud account, region and cluster domain are used?",
    assumed: "eu-central-1 and the domain example.internal, in infra/envs and k8s/mesh",
  },
];

/** Decides how the model is served, released, built and paid for, from load, sizing, objectives and choices. */
export const planMlopsEngineer: PlanRole = (input) => {
  const { facts, spec } = input;
  const serving = servingOf(facts, spec);
  const rollout = rolloutOf(facts, spec, serving);
  const training = trainingOf(facts);
  const online = spec.options.deployment_mode !== "batch";
  const total = rollout.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return {
    view: {
      online,
      batchOnly: !online,
      kserve: online && spec.options.serving_platform === "kserve",
      serving,
      rollout,
      training,
      secrets: secretsOf(input),
      partitionRows: partitionRows(facts.load.batchRowsPerDay),
      ciMinutes: ciMinutes(training),
      modelsPath: "/mnt/models",
      uid: 10_001,
      region: "eu-central-1",
      domain: "example.internal",
    },
    decisions: decisionsOf(input, serving, rollout, training),
    risks: [
      `The load of ${facts.load.rpsPeak} rps at the peak is ${facts.load.from}; replicas, stage lengths and budgets follow from it.`,
      ...(online && total > DAY_SECONDS
        ? [
            `At ${facts.load.rpsMean} rps a canary takes ${(total / DAY_SECONDS).toFixed(1)} days until all its stages have seen enough requests.`,
          ]
        : []),
      "Terraform is formatted and parsed here; plan and apply against an account are for the first deployment to show.",
    ],
    openQuestions: questionsOf(input, serving),
    leftOut: leftOutOf(input),
  };
};
