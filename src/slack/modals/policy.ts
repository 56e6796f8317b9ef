import { z } from "zod";
import { policyGet } from "../../operations/policy-get.ts";
import { policySet } from "../../operations/policy-set.ts";
import { type Asker, mustBeKnown, perform } from "../asker.ts";
import { option, section } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { KnownBlock, ModalView } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import { done, fieldError, type Modal } from "./define.ts";
import { field, modal, numberInput, radioInput, selectInput, textInput } from "./form.ts";
import type { FormValues } from "./values.ts";

const LEVELS = [
  "default",
  "phase.1",
  "phase.2",
  "phase.3",
  "phase.4",
  "budget",
  "release",
] as const;
const LEVEL_ACTION = "level";

const State = z.object({ level: z.enum(LEVELS).catch("default") });
type Level = z.infer<typeof State>["level"];
type Policy = z.output<typeof policyGet.output>;

const list = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(", ") : "");

/** A field of the policy, or what the file says of it where that is fixed. */
const editable = (fixed: readonly string[], key: string, label: string, block: KnownBlock) =>
  fixed.includes(key) ? section(`${label}: stated in mlpipeline.yml, changed there.`) : block;

type Rulebook = Policy["levels"][number];

const numberOf = (value: unknown) => (typeof value === "number" ? value : undefined);

const ruleFields = ({ fixed, rules }: Pick<Rulebook, "fixed" | "rules">): readonly KnownBlock[] => {
  const typed = (key: string, label: string, hint?: string) =>
    editable(
      fixed,
      key,
      label,
      field(
        key,
        label,
        textInput({ max: 300, initial: list(rules[key]) || String(rules[key] ?? "") }),
        {
          optional: true,
          ...(hint === undefined ? {} : { hint }),
        },
      ),
    );
  const quorum = field("quorum", "Votes needed", numberInput(numberOf(rules.quorum), 1), {
    optional: true,
  });
  const own = field(
    "self_approval",
    "May people decide on runs that they started?",
    radioInput([option("No", "no"), option("Yes", "yes"), option("As it is", "keep")], "keep"),
  );
  return [
    typed("people", "People who decide", "Their short names, with commas."),
    typed("roles", "Roles that decide"),
    typed(
      "groups",
      "User groups that decide",
      "Their ids (S0123ABCD), with commas: Slack → the group → Copy group ID.",
    ),
    editable(fixed, "quorum", "Votes needed", quorum),
    typed("deadline", "Deadline", "90m, 24h or 7d."),
    typed("reminders", "Reminders after", "4h, 12h"),
    editable(fixed, "self_approval", "Own runs", own),
  ];
};

const build = (policy: Policy, level: Level): ModalView => {
  const found = policy.levels.find((one) => one.level === level);
  const levels = LEVELS.map((one) => option(one === "default" ? "Everything" : one, one));
  return modal({
    name: "policy",
    title: "Policy",
    submit: "Save",
    state: { level },
    blocks: [
      section(
        `Version ${policy.version}. A change is audited and holds for requests opened later. Nobody named means: the owner, ${policy.owner || "nobody yet"}, alone.`,
      ),
      field(LEVEL_ACTION, "For what", selectInput(levels, level), { dispatch: true }),
      ...ruleFields(found ?? { fixed: [], rules: {} }),
    ],
  });
};

const words = (text: string | null): readonly string[] | null =>
  text === null ? null : text.split(/[\s,]+/).filter((word) => word !== "");

// Typed as an id, or pasted as Slack writes a mention of a group.
const groupId = (word: string): string =>
  word.replace(/^<!subteam\^([A-Z0-9]+)(\|[^>]*)?>$/, "$1").toUpperCase();

const DURATION = /^\d+[mhd]$/;

type Rules = NonNullable<z.input<typeof policySet.input>["rules"]>;

const rulesOf = (values: FormValues): Rules => {
  const groups = words(values.text("groups"))?.map(groupId);
  const [people, roles, reminders] = [
    words(values.text("people")),
    words(values.text("roles")),
    words(values.text("reminders")),
  ];
  const quorum = values.text("quorum");
  const deadline = values.text("deadline");
  const own = values.chosen("self_approval");
  return {
    ...(people === null ? {} : { people: [...people] }),
    ...(roles === null ? {} : { roles: [...roles] }),
    ...(groups === undefined ? {} : { groups }),
    ...(reminders === null ? {} : { reminders: [...reminders] }),
    ...(quorum === null ? {} : { quorum: Number(quorum) }),
    ...(deadline === null ? {} : { deadline }),
    ...(own === "yes" || own === "no" ? { self_approval: own === "yes" } : {}),
  };
};

const EMPTIED = ["people", "roles", "groups", "quorum", "deadline", "reminders"] as const;

/** Keys that stood there and were emptied: they are forgotten, so that the more general level holds again. */
const unsetOf = (policy: Policy, level: Level, values: FormValues) => {
  const found = policy.levels.find((one) => one.level === level);
  return EMPTIED.filter(
    (key) =>
      found !== undefined &&
      key in found.rules &&
      !found.fixed.includes(key) &&
      values.text(key) === null,
  );
};

const read = (deps: SlackDeps, asker: Asker) => perform(deps, asker, policyGet, {});

/** Who decides what, from requests opened later on. What mlpipeline.yml fixes is shown and not editable. */
export const policyModal: Modal = {
  name: "policy",
  errorField: "level",
  presses: [LEVEL_ACTION],
  prepare: async (deps, asker, id) => {
    await mustBeKnown(deps, asker, false);
    return build(await read(deps, asker), State.parse({ level: id }).level);
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const { level } = State.parse(raw);
    await mustBeKnown(deps, asker, false);
    const rules = rulesOf(values);
    if (rules.quorum !== undefined && !(Number.isInteger(rules.quorum) && rules.quorum >= 1))
      return fieldError("quorum", "Expected a whole number from 1.");
    if (rules.deadline !== undefined && !DURATION.test(rules.deadline))
      return fieldError("deadline", "Expected a duration such as 90m, 24h or 7d.");
    if (rules.reminders?.some((one) => !DURATION.test(one)))
      return fieldError("reminders", "Expected durations such as 4h, 12h.");
    const before = await read(deps, asker);
    const saved = await perform(deps, asker, policySet, {
      level,
      rules,
      unset: unsetOf(before, level, values),
    });
    return done(
      renderLine(`Saved: policy ${saved.version}. It holds for requests that open from now on.`),
    );
  },
  press: async (deps, asker, _given, { value }) => ({
    kind: "update",
    view: build(await read(deps, asker), State.parse({ level: value }).level),
  }),
};
