import { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";
import { alertResolve, INCIDENT_ACTIONS } from "../../operations/alert-resolve.ts";
import { incidentGet } from "../../operations/incident-get.ts";
import { mustBeKnown, perform } from "../asker.ts";
import { option, section } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { InputElement, KnownBlock } from "../blocks/slack-types.ts";
import { done, fieldError, type Modal } from "./define.ts";
import { field, modal, radioInput, selectInput, textInput } from "./form.ts";
import type { FormValues } from "./values.ts";

export type IncidentAction = (typeof INCIDENT_ACTIONS)[number];

const TITLES: Readonly<Record<IncidentAction, string>> = {
  ack: "Acknowledge",
  assign: "Assign",
  snooze: "Snooze",
  false_alarm: "False alarm",
  retrain: "Retrain",
  rollback: "Roll back",
  resolve: "Resolve",
};

const FOLLOWS: Readonly<Record<IncidentAction, string>> = {
  ack: "It stops escalating; the message says who has it.",
  assign: "It goes to somebody, which acknowledges it too.",
  snooze: "Nobody is told again before then, unless it gets worse.",
  false_alarm: "It closes. It is told again once it has been quiet, or when it gets worse.",
  retrain:
    "People are asked for a release approval. Once they approve, a new run starts on a new snapshot; nothing starts before.",
  rollback:
    "People are asked for a release approval. Once they approve, the version before is served again and its hash is checked.",
  resolve: "It closes. If it still fires at the next check, it opens again.",
};

const REASONS: readonly (readonly [string, string])[] = [
  ["season", "The season"],
  ["known_change", "A known change"],
  ["too_small", "Too small to matter"],
  ["broken_data", "Broken data"],
  ["other", "Another reason"],
];

const SNOOZES: readonly (readonly [string, string])[] = [
  ["1h", "One hour"],
  ["1d", "One day"],
  ["next_deploy", "Until the next deploy"],
  ["at", "Until the time below"],
];

const State = z.object({
  incident: z.string(),
  action: z.enum(INCIDENT_ACTIONS).nullable(),
  title: z.string(),
});

/** The id by which the modal is opened; without an action the person chooses one. */
export const incidentModalId = (incident: string, action: IncidentAction | "" = ""): string =>
  `${action}|${incident}`;

const dateTime: InputElement = { type: "datetimepicker" };

const FIELDS: { readonly [A in IncidentAction]: (optional: boolean) => readonly KnownBlock[] } = {
  ack: () => [],
  assign: (optional) => [field("to", "To whom", { type: "users_select" }, { optional })],
  snooze: (optional) => [
    field(
      "span",
      "Until",
      selectInput(
        SNOOZES.map(([id, text]) => option(text, id)),
        "1d",
      ),
      {
        optional,
      },
    ),
    field("until", "Time", dateTime, { optional: true }),
  ],
  false_alarm: (optional) => [
    field("reason", "Why it is none", radioInput(REASONS.map(([id, text]) => option(text, id))), {
      optional,
    }),
  ],
  retrain: () => [],
  rollback: () => [],
  resolve: () => [],
};

const fieldsOf = (action: IncidentAction | null): readonly KnownBlock[] =>
  action !== null
    ? FIELDS[action](false)
    : [
        field(
          "action",
          "What to do",
          radioInput(
            INCIDENT_ACTIONS.map((one) => option(TITLES[one], one, FOLLOWS[one].split(/[.;]/)[0])),
            "ack",
          ),
        ),
        ...INCIDENT_ACTIONS.flatMap((one) => FIELDS[one](true)),
      ];

const until = (values: FormValues): string | undefined => {
  const at = values.dateTimeMs("until");
  const span = values.chosen("span");
  if (at !== null && (span === "at" || span === null)) return new Date(at).toISOString();
  return span === null || span === "at" ? undefined : span;
};

const missing = (action: IncidentAction, values: FormValues): readonly [string, string] | null => {
  if (action === "assign" && values.user("to") === null) return ["to", "Choose a person."];
  if (action === "snooze" && until(values) === undefined) return ["until", "Choose a time."];
  if (action === "false_alarm" && values.chosen("reason") === null)
    return ["reason", "Choose a reason."];
  return null;
};

/** What to do about an Incident: the seven actions of `alert_resolve`. */
export const incidentModal: Modal = {
  name: "incident",
  errorField: "note",
  prepare: async (deps, asker, id) => {
    await mustBeKnown(deps, asker, false);
    const at = id.indexOf("|");
    const word = id.slice(0, at);
    const action = INCIDENT_ACTIONS.find((one) => one === word) ?? null;
    const one = await perform(deps, asker, incidentGet, { incident: id.slice(at + 1) });
    if (!one.open)
      throw new UserInputError("INCIDENT_OVER", `this incident is ${one.state.replace("_", " ")}`);
    return modal({
      name: "incident",
      title: action === null ? "Incident" : TITLES[action],
      submit: action === null ? "Do it" : TITLES[action],
      state: { incident: one.incident, action, title: one.title.slice(0, 200) },
      blocks: [
        section(`${one.title}\n${one.said}${action === null ? "" : `\n${FOLLOWS[action]}`}`, 900),
        ...fieldsOf(action),
        field("note", "Note", textInput({ multiline: true, max: 1_000 }), { optional: true }),
      ],
    });
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const state = State.parse(raw);
    const action =
      state.action ?? INCIDENT_ACTIONS.find((one) => one === values.chosen("action")) ?? "ack";
    const lacks = missing(action, values);
    if (lacks !== null) return fieldError(lacks[0], lacks[1]);
    const user = values.user("to");
    const person = user === null ? null : await deps.findPerson(asker.team, user);
    if (action === "assign" && person === null)
      return fieldError("to", "This account is tied to nobody here yet: people adds them.");
    const span = until(values);
    const reason = REASONS.find(([id]) => id === values.chosen("reason"))?.[0];
    const result = await perform(deps, asker, alertResolve, {
      incident: state.incident,
      action,
      note: values.text("note") ?? "",
      ...(person === null ? {} : { to: person.id }),
      ...(action !== "snooze" || span === undefined ? {} : { until: span }),
      ...(reason === undefined ? {} : { reason: reason as "other" }), // one of REASONS
    });
    const asked = result.approval_id
      ? " People decide it in the run's thread and under approvals."
      : "";
    return done(renderLine(`${TITLES[action]}: done. ${state.title} is ${result.state}.${asked}`));
  },
};
