import type { Facts } from "../../spec/facts.ts";
import type { DraftInput, DraftPlan, LeftOut, PlanRole } from "../draft.ts";
import { baseConf, environmentConfs, maxRows } from "./ml-engineer/conf.ts";
import { searchSpace, trainRows, tunedFamily } from "./ml-engineer/search-space.ts";

/** One process trains this many rows of tabular data in minutes; several would spend more on talking than on learning. */
const ONE_PROCESS_ROWS = 5_000_000;

const rowsOf = (count: number): string => count.toLocaleString("en-US");

const decisionsOf = ({ facts, spec }: DraftInput): DraftPlan["decisions"] => {
  const family = tunedFamily(facts);
  const ranges = Object.keys(searchSpace(facts)[family] ?? {});
  return [
    {
      decided: `${facts.split.folds} folds by ${facts.split.kind}, hold-out ${(facts.split.holdoutShare * 100).toFixed(0)} % read once`,
      why: `${rowsOf(trainRows(facts))} training rows; ${facts.split.reason}`,
    },
    {
      decided: `the model must beat the stronger of ${facts.baseline.trivial.rule}${facts.baseline.bestColumn ? ` and ${facts.baseline.bestColumn.column} alone` : ""} by a paired 95 % interval`,
      why: `${facts.baseline.metric} of the trivial rule is ${facts.baseline.trivial.value}${facts.baseline.bestColumn ? `, of the best column ${facts.baseline.bestColumn.value}` : ""}; margin ${spec.metric.margin}`,
    },
    {
      decided: `tune ${family} over ${ranges.join(", ")} with ${spec.training.trials} trials or ${spec.training.minutes} minutes`,
      why: `${rowsOf(trainRows(facts))} training rows bound leaf sizes and tree counts; folds judge, the hold-out is not read`,
    },
    {
      decided:
        "the mean of the best candidate and its best partner only if it gains more than twice the noise of the folds",
      why: `each member adds its own time to every answer, and p99 must stay under ${spec.slo.p99_ms} ms`,
    },
    {
      decided: "one process, one thread per fit",
      why: `${facts.sizing.trainMinutes} minutes and ${facts.sizing.trainMemoryMb} MB are expected; sums in one order make two runs equal to the last bit`,
    },
    {
      decided: "a journal of training runs is written first, the tracker second",
      why: `${spec.options.experiment_tracking} may be down or absent; nothing is lost, the next sync pushes what waits`,
    },
  ];
};

const risksOf = (facts: Facts): readonly string[] => [
  ...(trainRows(facts) < 1_000
    ? [
        `${rowsOf(trainRows(facts))} training rows: intervals are wide and the choice between candidates is uncertain`,
      ]
    : []),
  ...(facts.profile.rows > maxRows(facts)
    ? [
        `${rowsOf(facts.profile.rows)} rows exceed the training memory; ${rowsOf(maxRows(facts))} are taken evenly`,
      ]
    : []),
  ...(facts.target.kind === "binary" &&
  facts.target.baseRate !== null &&
  facts.target.baseRate < 0.05
    ? [
        `only ${(facts.target.baseRate * 100).toFixed(2)} % positives: the figures of slices will often be NOT ENOUGH DATA`,
      ]
    : []),
  ...(facts.split.kind === "time"
    ? [
        "the hold-out is later than the training part: what changed since the last row is not measured",
      ]
    : ["without a time order the hold-out cannot show how the model ages"]),
];

const distributed = ({ facts, spec }: DraftInput): LeftOut => ({
  part: "training.distributed",
  why:
    spec.choices.distributed === "auto"
      ? `${rowsOf(trainRows(facts))} rows, ${facts.sizing.trainMemoryMb} MB and ${facts.sizing.trainMinutes} minutes fit one process; the candidates are not trained by gradients over batches (several processes pay from about ${rowsOf(ONE_PROCESS_ROWS)} rows)`
      : `${spec.choices.distributed} trains models by gradients over batches; every candidate of this dataset is a linear or tree model, which uses its own workers`,
  toTurnOn:
    "choices.distributed: ddp, with a gradient-trained candidate in conf/model.yaml; waits for a later release",
});

const otherEngine = ({ spec }: DraftInput): readonly LeftOut[] =>
  spec.options.orchestration === "kubeflow"
    ? []
    : [
        {
          part: "training.modules",
          why: `only the pipeline file for ${spec.options.orchestration}: it waits for a later release; the modules and their commands are there`,
          toTurnOn: "options.orchestration: kubeflow, or call make train from the engine",
        },
      ];

const questionsOf = ({ facts, spec }: DraftInput): DraftPlan["openQuestions"] => [
  {
    question: `Who may release ${spec.pipeline.name} to prod, and is staging beside real traffic needed first?`,
    assumed:
      "prod takes an approval of kind release and follows staging; staging is judged on the hold-out alone",
  },
  ...(spec.prediction_log.sample < 1
    ? []
    : [
        {
          question: `May every prediction be logged with its ${new Set(facts.features.map((feature) => feature.source)).size} input columns for ${spec.retention_days.predictions} days?`,
          assumed: "yes; personal columns are never logged",
        },
      ]),
];

/** Training, tuning, tracking and the registry. Left out: `training.distributed`, always with the figures that say why. */
export const planMlEngineer: PlanRole = (input) => {
  const risks = risksOf(input.facts);
  return {
    view: {
      base: baseConf(input.facts, input.spec),
      environments: environmentConfs(input.facts),
      risks,
    },
    decisions: decisionsOf(input),
    risks,
    openQuestions: questionsOf(input),
    leftOut: [distributed(input), ...otherEngine(input)],
  };
};
