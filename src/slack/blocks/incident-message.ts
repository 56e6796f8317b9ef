import type { z } from "zod";
import type { incidentGet } from "../../operations/incident-get.ts";
import { ACTIONS, MENU, menuValue } from "./action-ids.ts";
import {
  actions,
  button,
  context,
  dateMarkup,
  fields,
  header,
  markup,
  option,
  overflow,
  section,
  sentences,
  table,
  tableText,
  utc,
} from "./elements.ts";
import type { Rendered } from "./rendered.ts";
import type { KnownBlock } from "./slack-types.ts";

export type IncidentAnswer = z.output<typeof incidentGet.output>;
type Detail = IncidentAnswer["details"][number];

const SHOWN = 5;

const STATES: Readonly<Record<string, string>> = {
  pending: "new",
  firing: "open",
  acked: "acknowledged",
  snoozed: "snoozed",
  resolved: "resolved",
  false_alarm: "false alarm",
};

const SIGNS: Readonly<Record<string, string>> = { critical: "🔴", warning: "🟠", info: "🔵" };

export const figureText = (value: number | undefined): string =>
  value === undefined ? "–" : String(Number(value.toPrecision(3)));

const measureText = ({ figure }: Detail): string => {
  const limit = figure.limit === undefined ? "" : `, limit ${figureText(figure.limit)}`;
  const rows = figure.rows === undefined ? "" : `, ${figure.rows} rows`;
  return figure.value === undefined
    ? ""
    : `${figure.name} ${figureText(figure.value)}${limit}${rows}`;
};

const stateWords = (one: IncidentAnswer): string => {
  const state = STATES[one.state] ?? one.state;
  if (one.state === "acked" && one.acknowledged_by) return `${state} by ${one.acknowledged_by}`;
  if (one.state === "snoozed" && one.snoozed_until) return `${state} until ${one.snoozed_until}`;
  return one.open ? state : `${state} after ${one.lasted}`;
};

const facts = (one: IncidentAnswer): readonly KnownBlock[] => {
  const [top] = one.details;
  const measure = top === undefined ? "" : measureText(top);
  return [
    fields([
      { name: "State", value: `${one.severity}, ${stateWords(one)}` },
      { name: "Model", value: `${one.pipeline} in ${one.environment}` },
      ...(measure === "" ? [] : [{ name: "Measure", value: measure }]),
      { name: "Owner", value: one.assignee ?? "nobody yet" },
    ]),
  ];
};

const rowsOf = (one: IncidentAnswer): readonly (readonly string[])[] => [
  ["subject", "rule", "value", "limit"],
  ...one.details
    .slice(0, SHOWN)
    .map((detail) => [
      `${detail.subject}${detail.open ? "" : " (over)"}`,
      detail.rule,
      figureText(detail.figure.value),
      figureText(detail.figure.limit),
    ]),
];

const buttons = (one: IncidentAnswer): KnownBlock => {
  const id = one.incident;
  const isModel = one.cause === "drift" || one.cause === "performance";
  return actions(
    ...(one.state === "acked"
      ? []
      : [
          button("Acknowledge", ACTIONS.incidentAck, id, {
            style: "primary",
            says: `Acknowledge ${one.title}`,
          }),
        ]),
    ...(isModel
      ? [
          button("Retrain…", ACTIONS.incidentRetrain, id, {
            says: `Retrain because of ${one.title}`,
          }),
        ]
      : []),
    overflow(ACTIONS.incidentMore, [
      option("Assign…", menuValue(MENU.incidentAssign, id)),
      option("Snooze…", menuValue(MENU.incidentSnooze, id)),
      option("False alarm…", menuValue(MENU.incidentFalseAlarm, id)),
      ...(isModel ? [option("Roll back…", menuValue(MENU.incidentRollback, id))] : []),
      option("Resolve…", menuValue(MENU.incidentResolve, id)),
    ]),
  );
};

const seen = (one: IncidentAnswer): string =>
  one.times === 1 ? "Seen once" : `Seen in ${one.times} checks`;

const small = (one: IncidentAnswer): KnownBlock =>
  context(
    markup(`Since ${dateMarkup(one.opened_at)}. ${seen(one)}, last ${dateMarkup(one.last_seen)}.`),
    `Incident ${one.incident.slice(-6)}`,
  );

const releaseLines = (one: IncidentAnswer): readonly KnownBlock[] =>
  one.releases
    .slice(-2)
    .map(({ action, approval_id, outcome }) =>
      section(
        outcome ??
          `${action === "retrain" ? "Retraining" : "Rolling back"} waits for people: approval ${approval_id.slice(-6)}.`,
        600,
      ),
    );

const blocksOf = (one: IncidentAnswer, list: (rows: ReturnType<typeof rowsOf>) => KnownBlock) => [
  header(`${SIGNS[one.severity] ?? ""} ${one.title}`),
  ...facts(one),
  section(one.said, 600),
  ...(one.details.length > 1 ? [list(rowsOf(one))] : []),
  ...releaseLines(one),
  small(one),
  ...(one.open ? [buttons(one)] : []),
];

/** An Incident's one message: what is wrong by how much, since when, who has it, and the buttons while it is open. Pure. */
export const renderIncident = (one: IncidentAnswer): Rendered => {
  const text = sentences(
    `${one.title}: ${one.severity}, ${stateWords(one)}.`,
    `${one.said}.`,
    `${seen(one)}, last ${utc(one.last_seen)}; owner ${one.assignee ?? "nobody yet"}.`,
    one.open ? "Acknowledge, assign, snooze or resolve it with the buttons." : "",
  );
  return {
    text,
    blocks: blocksOf(one, table),
    fallback: { text, blocks: blocksOf(one, tableText) },
  };
};
