import type { DraftInput, DraftPlan, PlanRole } from "../draft.ts";
import { dataConf } from "./data-engineer/conf.ts";
import { expectationSuite } from "./data-engineer/expectations.ts";
import { namedColumns, recordColumns } from "./data-engineer/record.ts";
import { storageCost } from "./data-engineer/storage.ts";

type Conf = ReturnType<typeof dataConf>;

const decisionsOf = ({ facts, spec }: DraftInput, conf: Conf): DraftPlan["decisions"] => {
  const hard = conf.quality.rules.filter((rule) => rule.severity === "hard").length;
  return [
    {
      decided: `changes come in by ${conf.incremental.mode}`,
      why: conf.incremental.reason,
    },
    {
      decided:
        conf.duplicates.exact === "keep" ? "exact copies stay rows" : "exact copies become one row",
      why: conf.duplicates.reason,
    },
    {
      decided: `${conf.quality.rules.length} quality rules, ${hard} of them stop a batch`,
      why: `derived from ${facts.profile.rows} rows and ${facts.profile.columns.length} columns; hard where the measured data has no exception`,
    },
    {
      decided: `processed files are split by ${conf.layers.partition.by}`,
      why: conf.layers.partition.reason,
    },
    {
      decided: `data versions are kept by ${spec.choices.data_versioning}`,
      why: `the snapshot is ${facts.snapshot.sha256.slice(0, 12)}, ${facts.snapshot.bytes} bytes`,
    },
  ];
};

const risksOf = ({ facts }: DraftInput, conf: Conf): DraftPlan["risks"] => {
  const personal = facts.groups.personal.length;
  const lateKey = conf.columns.filter((column) => "pseudonym" in column).length;
  const rare = facts.arrival.perPeriod.length > 0 && facts.arrival.perPeriod.length < 8;
  return [
    ...(personal > 0
      ? [`${personal} personal columns exist in the raw layer alone and are never read further`]
      : []),
    ...(lateKey > 0
      ? [
          "a key or an entity is personal: it is kept as a keyed hash; set PSEUDONYM_KEY, or each place that loads the source hashes with a key of its own",
        ]
      : []),
    ...(conf.incremental.mode === "snapshot"
      ? [`every load reads all ${facts.profile.bytes} bytes again`]
      : ["a row that arrives later than the overlap is missed until the next full load"]),
    ...(rare
      ? [`only ${facts.arrival.perPeriod.length} periods: no rule about rows per period`]
      : []),
  ];
};

const questionsOf = ({ facts }: DraftInput, conf: Conf): DraftPlan["openQuestions"] => [
  ...(facts.source.refresh === null
    ? [
        {
          question: "How often is the source refreshed?",
          assumed:
            facts.arrival.period === "none"
              ? "it is delivered once"
              : `once per ${facts.arrival.period}, as the event times suggest`,
        },
      ]
    : []),
  ...(facts.source.licence === null
    ? [{ question: "Under which licence may the data be used?", assumed: "internal use only" }]
    : []),
  ...(conf.duplicates.exact === "keep" && facts.profile.duplicateRows > 0
    ? [
        {
          question: `${facts.profile.duplicateRows} rows equal another one. Are these separate events?`,
          assumed: "they are, and stay",
        },
      ]
    : []),
  ...(conf.incremental.mode === "log"
    ? [
        {
          question: "Where can the source's change log be read?",
          assumed: "it is delivered as JSON lines in Debezium's envelope (make changes LOG=file)",
        },
      ]
    : []),
];

/** What the data engineer decides from the facts: rules, change capture, layers, retention and cost. */
export const planDataEngineer: PlanRole = (input) => {
  const { facts, spec, names } = input;
  const conf = dataConf(facts, spec);
  return {
    view: {
      conf,
      record: recordColumns(facts),
      names: namedColumns(facts),
      suite: expectationSuite(facts, conf.quality.rules, names.pipeline),
      cost: storageCost(facts, spec),
      withSuite: spec.choices.schema_validation !== "pydantic",
    },
    decisions: decisionsOf(input, conf),
    risks: risksOf(input, conf),
    openQuestions: questionsOf(input, conf),
    leftOut:
      spec.choices.change_capture === "log" && conf.incremental.mode !== "log"
        ? [
            {
              part: "ingestion.incremental",
              why: `rows have no key by which a change log could be applied; it comes in by ${conf.incremental.mode}`,
              toTurnOn: "choices.change_capture: log, with an identifier per row in the data",
            },
          ]
        : [],
  };
};
