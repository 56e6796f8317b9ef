import type { App } from "@slack/bolt";
import { tell } from "../answer.ts";
import type { Asker } from "../asker.ts";
import { ACTIONS, type MenuChoice, parseMenuValue } from "../blocks/action-ids.ts";
import { parseStepValue } from "../blocks/blocked-message.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { SlackDeps } from "../deps.ts";
import { controlId } from "../modals/control.ts";
import { type IncidentAction, incidentModalId } from "../modals/incident.ts";
import { runCommandText } from "../verbs/run-command.ts";
import { errorWords } from "../words.ts";
import { interactionAsker, openModal } from "./interactions.ts";
import { readInteraction, readPressed } from "./payload.ts";

type Press = (deps: SlackDeps, asker: Asker, value: string) => Promise<void>;

const opens =
  (name: Parameters<typeof openModal>[2]): Press =>
  (deps, asker, value) =>
    openModal(deps, asker, name, value);

const opensControl =
  (action: "retry" | "use_draft"): Press =>
  async (deps, asker, value) => {
    const at = parseStepValue(value);
    if (at) await openModal(deps, asker, "control", controlId(action, at.runId, at.step));
  };

const opensIncident =
  (action: IncidentAction): Press =>
  (deps, asker, id) =>
    openModal(deps, asker, "incident", incidentModalId(id, action));

/** What each choice of a menu does; the words it answers with come from the same verbs that people type. */
const CHOICES: Readonly<Record<MenuChoice, Press>> = {
  evidence: (deps, asker, id) => runCommandText(deps, asker, `evidence ${id}`),
  diff: (deps, asker, id) => runCommandText(deps, asker, `diff ${id}`),
  policy: (deps, asker, id) => runCommandText(deps, asker, `policy approval:${id}`),
  delegate: opens("delegate"),
  extend: opens("extend"),
  pause: (deps, asker, id) => openModal(deps, asker, "control", controlId("pause", id)),
  resume: (deps, asker, id) => openModal(deps, asker, "control", controlId("resume", id)),
  cancel: (deps, asker, id) => openModal(deps, asker, "control", controlId("cancel", id)),
  follow: (deps, asker, id) => runCommandText(deps, asker, `follow ${id}`),
  rerun: (deps, asker, id) => openModal(deps, asker, "control", controlId("rerun", id)),
  incident_assign: opensIncident("assign"),
  incident_snooze: opensIncident("snooze"),
  incident_false_alarm: opensIncident("false_alarm"),
  incident_rollback: opensIncident("rollback"),
  incident_resolve: opensIncident("resolve"),
};

const choose: Press = async (deps, asker, value) => {
  const chosen = parseMenuValue(value);
  if (chosen) return CHOICES[chosen.choice](deps, asker, chosen.id);
  await tell(deps, asker, renderLine("This choice is from an older version; nothing was done."));
};

const PRESSES: Readonly<Record<string, Press>> = {
  [ACTIONS.approve]: opens("approve"),
  [ACTIONS.requestChanges]: opens("changes"),
  [ACTIONS.reject]: opens("reject"),
  [ACTIONS.raise]: opens("raise"),
  [ACTIONS.approvalMore]: choose,
  [ACTIONS.runMore]: choose,
  [ACTIONS.runDetails]: (deps, asker, id) => runCommandText(deps, asker, `status ${id}`),
  [ACTIONS.stepRetry]: opensControl("retry"),
  [ACTIONS.stepUseDraft]: opensControl("use_draft"),
  [ACTIONS.incidentAck]: (deps, asker, id) => runCommandText(deps, asker, `alert ${id} ack`),
  [ACTIONS.incidentRetrain]: opensIncident("retrain"),
  [ACTIONS.incidentMore]: choose,
  [ACTIONS.say]: (deps, asker, text) => runCommandText(deps, asker, text),
  [ACTIONS.openModal]: (deps, asker, value) => {
    const at = value.indexOf(":");
    return openModal(deps, asker, value.slice(0, at) as "start", value.slice(at + 1));
  },
};

/** Buttons and menus of messages and Home. Every click is answered: a modal, words for the person alone, or why not. */
export const registerButtons = (app: App, deps: SlackDeps): void => {
  for (const [action, press] of Object.entries(PRESSES)) {
    app.action(
      { type: "block_actions", action_id: new RegExp(`^${action}(\\.\\d+)?$`) },
      async ({ ack, body, payload }) => {
        await ack();
        const asker = await interactionAsker(deps, readInteraction(body));
        try {
          await press(deps, asker, readPressed(payload).value);
        } catch (error) {
          deps.log.info("a click was refused", { action, ref: asker.reference });
          await tell(deps, asker, renderLine(errorWords(error, asker.reference)));
        }
      },
    );
  }
};
