import { CHOICE_NAMES, OPTION_NAMES } from "./options.ts";
import type { FAMILIES } from "./spec.ts";

/** One change of the spec that a review comment asks for. `key` is a dotted path in spec.yaml. */
export interface SpecEdit {
  readonly op: "set" | "add" | "remove";
  readonly key: string;
  readonly value: string;
}

/** One kind of sentence: how it is told to people, what it looks like, and the edits it means. Null: not understood after all. */
interface Sentence {
  readonly shown: string;
  readonly pattern: RegExp;
  readonly edits: (groups: readonly string[]) => readonly SpecEdit[] | null;
}

const unquote = (text: string): string => text.trim().replace(/^["'`“‘](.*)["'`”’]$/s, "$1");

const set = (key: string, value: string): SpecEdit => ({ op: "set", key, value: unquote(value) });
const setter = (shown: string, pattern: RegExp, key: string): Sentence => ({
  shown,
  pattern,
  edits: ([value = ""]) => [set(key, value)],
});

/** Names that people use for model families. */
const FAMILY_WORDS: Readonly<Record<string, (typeof FAMILIES)[number]>> = {
  linear: "linear",
  logistic: "linear",
  ridge: "linear",
  "linear model": "linear",
  additive: "additive",
  spline: "additive",
  gam: "additive",
  boosting: "hist_gradient_boosting",
  "gradient boosting": "hist_gradient_boosting",
  hist_gradient_boosting: "hist_gradient_boosting",
  forest: "random_forest",
  "random forest": "random_forest",
  random_forest: "random_forest",
};

const families = (text: string): readonly SpecEdit[] | null => {
  const asked = text.split(/\s*(?:,|\band\b|\bor\b|\+)\s*/i).map((word) => word.trim());
  const found = asked.map((word) => FAMILY_WORDS[word.toLowerCase()]);
  return found.some((family) => family === undefined)
    ? null
    : [set("training.families", found.join(","))];
};

const namedOption = ([name = "", value = ""]: readonly string[]): readonly SpecEdit[] | null => {
  const known = name.toLowerCase().replace(/[ -]/g, "_");
  if (OPTION_NAMES.some((option) => option === known))
    return [set(`options.${known}`, value.toLowerCase())];
  return CHOICE_NAMES.some((choice) => choice === known)
    ? [set(`choices.${known}`, value.toLowerCase())]
    : null;
};

const COSTS = /^(?:the )?error[ _]costs?(?: to| are| is|:| =)? ([\d.]+) ?(?::|to|,) ?([\d.]+)$/i;
const COST =
  /^(?:a )?false[ _](positive|negative|alarm)s? costs?(?: to| is|:| =)? ([\d.]+)(?: times)?$/i;

/** Every sentence that is understood without a language model; the first that fits decides. */
export const SENTENCES: readonly Sentence[] = [
  {
    shown: "set <spec key> = <value>",
    pattern: /^set ([a-z_]+(?:\.[a-z_0-9]+)+)\s*(?:=|to)\s*(.+)$/i,
    edits: ([key = "", value = ""]) => [set(key.toLowerCase(), value)],
  },
  {
    shown: "exclude <column>",
    pattern: /^(?:please )?(?:exclude|drop|remove)(?: the)?(?: column| feature)? (.+)$/i,
    edits: ([column = ""]) => [
      { op: "add", key: "columns.exclude", value: unquote(column) },
      { op: "remove", key: "columns.include", value: unquote(column) },
    ],
  },
  {
    shown: "include <column>",
    pattern: /^(?:please )?(?:include|keep)(?: the)?(?: column| feature)? (.+)$/i,
    edits: ([column = ""]) => [
      { op: "add", key: "columns.include", value: unquote(column) },
      { op: "remove", key: "columns.exclude", value: unquote(column) },
    ],
  },
  {
    shown: "split by time | split by entity [<column>] | split at random",
    pattern: /^(?:please )?split (?:by |at |on )?(time|entity|random(?:ly)?)(?: (.+))?$/i,
    edits: ([kind = "", column = ""]) => {
      const how = kind.toLowerCase().replace("randomly", "random");
      if (how === "random" && column !== "") return null;
      const named: Readonly<Record<string, string>> = {
        time: "columns.event_time",
        entity: "columns.entity",
      };
      const key = named[how];
      return [
        set("training.split", how),
        ...(column === "" || key === undefined ? [] : [set(key, column)]),
      ];
    },
  },
  setter(
    "metric <name>",
    /^(?:use |set )?(?:the )?(?:primary )?metric(?: to| is|:)? (.+)$/i,
    "metric.primary",
  ),
  {
    shown: "target <column>",
    pattern: /^(?:use |set )?(?:the )?target(?: to| is|:)? (.+)$/i,
    // Kind and positive label belonged to the target before.
    edits: ([column = ""]) => [
      set("target.column", column),
      set("target.kind", "auto"),
      set("target.positive", "auto"),
    ],
  },
  setter(
    "positive <label>  (or !<label>: everything else is positive)",
    /^(?:the )?positive(?: class| label)?(?: to| is|:)? (.+)$/i,
    "target.positive",
  ),
  setter(
    "threshold <0..1>",
    /^(?:use |set )?(?:the )?(?:decision )?threshold(?: to| is|:)? ([\d.]+)$/i,
    "metric.threshold",
  ),
  {
    shown: "error costs <false positive>:<false negative>",
    pattern: COSTS,
    edits: ([positive = "", negative = ""]) => [
      set("metric.error_costs.false_positive", positive),
      set("metric.error_costs.false_negative", negative),
    ],
  },
  {
    shown: "false negatives cost <number>",
    pattern: COST,
    edits: ([kind = "", cost = ""]) => [
      set(
        `metric.error_costs.${kind.toLowerCase() === "negative" ? "false_negative" : "false_positive"}`,
        cost,
      ),
    ],
  },
  {
    shown: "model family <linear, additive, boosting, random forest>",
    pattern:
      /^(?:please )?(?:use |try |only )*(?:the )?(?:model )?famil(?:y|ies)(?: to| is|:)? (.+)$/i,
    edits: ([text = ""]) => families(text),
  },
  setter(
    "event time <column>",
    /^(?:the )?event[ _]time(?: to| is|:)? (.+)$/i,
    "columns.event_time",
  ),
  {
    shown: "entity <column>",
    pattern: /^(?:the )?entity(?: is|:)? (.+)$/i,
    edits: ([column = ""]) =>
      /^none$/i.test(column)
        ? [set("columns.entity", "")]
        : [{ op: "add", key: "columns.entity", value: unquote(column) }],
  },
  setter("folds <number>", /^(?:use |set )?folds?(?: to|:)? (\d+)$/i, "training.folds"),
  setter(
    "holdout <share 0.05..0.5>",
    /^(?:use |set )?hold-?out(?: to|:)? ([\d.]+)$/i,
    "training.holdout",
  ),
  setter(
    "time budget <minutes>",
    /^(?:use |set )?(?:the )?(?:training )?(?:time budget|minutes)(?: to| is|:)? (\d+)(?: ?min(?:utes)?)?$/i,
    "training.minutes",
  ),
  setter("trials <number>", /^(?:use |set )?trials?(?: to|:)? (\d+)$/i, "training.trials"),
  setter("seed <number>", /^(?:use |set )?(?:the )?seed(?: to| is|:)? (\d+)$/i, "pipeline.seed"),
  {
    shown: "missing token <word>  (a cell that means no value)",
    pattern: /^(?:the )?missing token(?: is|:)? (.+)$/i,
    edits: ([word = ""]) => [{ op: "add", key: "dataset.null_tokens", value: unquote(word) }],
  },
  setter(
    "missing values flag | impute | auto",
    /^missing(?: values?)?(?: to| are|:)? (flag|impute|auto)$/i,
    "features.missing",
  ),
  setter(
    "outliers clip | keep | auto",
    /^outliers?(?: to| are|:)? (clip|keep|auto)$/i,
    "features.outliers",
  ),
  {
    shown: "<option> <value>  (for example: cloud_provider azure)",
    pattern: /^(?:use |set )?([a-z_ -]+?)(?: to| is|:|=)?\s+(\S+)$/i,
    edits: namedOption,
  },
];
