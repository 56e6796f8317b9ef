import type { DraftInput, DraftPlan, PlanRole } from "../draft.ts";
import { modelConf, sliceRows } from "./data-scientist/conf.ts";
import { groupSupport } from "./data-scientist/groups.ts";

type Conf = ReturnType<typeof modelConf>;
type Groups = ReturnType<typeof groupSupport>;

const METRIC_REASONS = {
  roc_auc: "ranks cases whatever the threshold, and does not move with the share of positives",
  average_precision: "positives are rare, and it looks only at how cleanly they come first",
  macro_f1: "every class counts the same, however rare it is",
  mae: "an error twice as large costs twice as much, and outliers do not dominate",
  rmse: "large errors cost more than in proportion",
} as const;

const decisionsOf = ({ facts }: DraftInput, conf: Conf): DraftPlan["decisions"] => [
  {
    decided: `primary metric ${conf.metric.primary}`,
    why: `${METRIC_REASONS[facts.baseline.metric]}; to beat: ${facts.baseline.trivial.rule} ${facts.baseline.trivial.value}${facts.baseline.bestColumn ? `, best single column ${facts.baseline.bestColumn.column} ${facts.baseline.bestColumn.value}` : ""}`,
  },
  { decided: `hold-out by ${facts.split.kind}`, why: facts.split.reason },
  {
    decided: `${facts.features.length} features from ${new Set(facts.features.map((feature) => feature.source)).size} columns`,
    why:
      facts.excluded.length > 0
        ? `left out: ${facts.excluded.map((entry) => `${entry.column} (${entry.reason})`).join("; ")}`
        : "no column is suspected of leaking the target",
  },
  {
    decided: `candidates ${conf.candidates.map((candidate) => candidate.name).join(", ")}`,
    why: conf.ruled_out.map((entry) => `${entry.family} ruled out: ${entry.reason}`).join("; "),
  },
  {
    decided: `experiment with ${conf.experiment.per_arm} units per arm, ${conf.experiment.days} days`,
    why: `alpha ${conf.experiment.alpha}, power ${conf.experiment.power}, effect ${conf.experiment.min_effect}; ${conf.experiment.units_per_day} units a day by the ${conf.experiment.load_from}`,
  },
];

const personalEntity = (facts: DraftInput["facts"]): boolean =>
  facts.groups.personal.some(({ column }) => facts.keys.entity.includes(column));

const risksOf = ({ facts }: DraftInput, conf: Conf, groups: Groups): DraftPlan["risks"] => {
  const small = groups.filter((group) => group.tooSmall.length > 0);
  const kept = facts.leakage.filter((suspect) => suspect.verdict === "keep");
  return [
    ...kept.map((suspect) => `${suspect.column} is used although it may leak: ${suspect.evidence}`),
    ...small.map(
      (group) =>
        `${group.tooSmall.length} values of ${group.column} have too few hold-out rows to be assessed`,
    ),
    ...(conf.features.length === 0
      ? ["no usable feature is left: only the trivial rule can be trained"]
      : []),
    ...(facts.split.kind === "entity" && personalEntity(facts)
      ? [
          "the entity is personal, so it is a keyed hash in the sample and in the layers; without PSEUDONYM_KEY another place holds out other groups",
        ]
      : []),
    ...(facts.split.kind !== "time" && facts.time.field === null
      ? ["no event time: the hold-out cannot show how the model ages"]
      : []),
  ];
};

const questionsOf = ({ facts, spec }: DraftInput, conf: Conf): DraftPlan["openQuestions"] => {
  const needs = conf.data_needs;
  return [
    ...(needs.enough
      ? []
      : [
          {
            question: `${facts.profile.rows} rows give ${conf.metric.primary} ± ${needs.half_width}; ± ${needs.wanted_half_width} takes about ${needs.rows_needed} rows. Can more be had?`,
            assumed: "they cannot, and a result inside the interval counts as not proved",
          },
        ]),
    ...(conf.experiment.within_time
      ? []
      : [
          {
            question: `The experiment takes ${conf.experiment.days} days, ${spec.experiment.max_days} are allowed. May it run longer, or is a larger effect the goal?`,
            assumed: "it is not started; the offline hold-out decides alone",
          },
        ]),
    {
      question:
        facts.target.kind === "regression"
          ? `Is a lower ${facts.target.column} the benefit that the experiment must show?`
          : "Is a lower rate of positive outcomes the benefit that the experiment must show?",
      assumed: "yes; the test is two-sided, so a rise would be seen too",
    },
    ...(facts.target.kind === "binary" &&
    spec.metric.error_costs.false_positive === spec.metric.error_costs.false_negative
      ? [
          {
            question: "What does a missed case cost against a false alarm?",
            assumed: "the same",
          },
        ]
      : []),
    ...facts.excluded.slice(0, 5).map((entry) => ({
      question: `Is ${entry.column} known when the prediction is made?`,
      assumed: `no: ${entry.reason}`,
    })),
  ];
};

/** What the data scientist decides from the facts: features, metric, candidates, acceptance and the experiment. */
export const planDataScientist: PlanRole = (input) => {
  const { facts, spec, names } = input;
  const conf = modelConf(facts, spec, names.pipeline);
  const groups = groupSupport(facts, sliceRows(facts));
  return {
    view: { conf, groups, metricReason: METRIC_REASONS[facts.baseline.metric] },
    decisions: decisionsOf(input, conf),
    risks: risksOf(input, conf, groups),
    openQuestions: questionsOf(input, conf),
    leftOut: [],
  };
};
