import { UserInputError } from "../../lib/errors.ts";
import { approvalGet } from "../../operations/approval-get.ts";
import { runCard } from "../../operations/run-card.ts";
import { ROLES } from "../../spec/roles.ts";
import { open, say } from "../answer.ts";
import { type Asker, mustBeKnown, perform } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { actions, button, section, sentences } from "../blocks/elements.ts";
import type { SlackDeps } from "../deps.ts";
import { type ControlAction, controlId } from "../modals/control.ts";
import type { ModalName } from "../modals/names.ts";
import { onlyKeys, targetOf, type Verb } from "./define.ts";

/** Opens the button's own modal on what the run, or the approval of that id, waits for. */
export const votes =
  (
    name: Extract<ModalName, "approve" | "changes" | "reject" | "raise" | "extend" | "delegate">,
  ): Verb =>
  async (deps, asker, parsed) => {
    onlyKeys(parsed, []);
    await mustBeKnown(deps, asker, false);
    const approval = await perform(deps, asker, approvalGet, {
      approval: targetOf(asker, parsed),
    });
    // A budget is approved by the amount it is raised to.
    const modal = name === "approve" && approval.kind === "budget" ? "raise" : name;
    return open(modal, approval.approval_id);
  };

const phaseOf = (text: string | undefined): string => {
  if (text === undefined || /^[1-4]$/.test(text)) return text ?? "";
  throw new UserInputError("PHASE", `expected a phase from 1 to 4, got "${text}"`);
};

const stepOf = (text: string | undefined): string => {
  if (text === undefined) return "";
  const step = text.toLowerCase();
  if (ROLES.some((role) => role === step)) return step;
  throw new UserInputError("STEP_NOT_FOUND", `no specialist is called "${text}"`, {
    next: `one of ${ROLES.join(", ")}`,
  });
};

/** What follows the run: inside its thread the run may be left out, so the first word may be it already. */
const detailOf = (asker: Asker, words: readonly string[], looksLike: RegExp): string | undefined =>
  words.length === 1 && asker.threadRun !== null && looksLike.test(words[0] ?? "")
    ? words[0]
    : words[1];

const PHASE_WORD = /^[1-4]$/;
const STEP_WORD = new RegExp(`^(${ROLES.join("|")})$`, "i");

const control = async (
  deps: SlackDeps,
  asker: Asker,
  action: ControlAction,
  ref: string,
  rest: string,
) => {
  await mustBeKnown(deps, asker, false);
  const card = await perform(deps, asker, runCard, { run_id: ref });
  return open("control", controlId(action, card.run_id, rest));
};

/** Asks before it pauses, resumes or cancels. */
export const controls =
  (action: Extract<ControlAction, "pause" | "resume" | "cancel">): Verb =>
  async (deps, asker, parsed) => {
    onlyKeys(parsed, []);
    return control(deps, asker, action, targetOf(asker, parsed), "");
  };

const runWord = (asker: Asker, words: readonly string[], looksLike: RegExp): string | undefined =>
  words.length === 1 && asker.threadRun !== null && looksLike.test(words[0] ?? "")
    ? asker.threadRun
    : words[0];

/** `retry <run> [specialist]`: another attempt for the one that is blocked. */
export const retry: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, []);
  const run = runWord(asker, parsed.words, STEP_WORD) ?? targetOf(asker, parsed);
  const card = await perform(deps, asker, runCard, { run_id: run });
  const named = stepOf(detailOf(asker, parsed.words, STEP_WORD));
  const stuck = card.steps.find((step) => step.blocked?.on === "person")?.specialist;
  if (named === "" && stuck === undefined) {
    throw new UserInputError("NOT_BLOCKED", `nothing of ${card.run} waits for a person`, {
      next: `status ${card.run}`,
    });
  }
  return control(deps, asker, "retry", run, named || (stuck ?? ""));
};

/** `rerun <run> from:<phase>`. */
export const rerun: Verb = async (deps, asker, parsed) => {
  onlyKeys(parsed, ["from"]);
  const run = runWord(asker, parsed.words, PHASE_WORD) ?? targetOf(asker, parsed);
  const phase = phaseOf(parsed.values.from ?? detailOf(asker, parsed.words, PHASE_WORD));
  return control(deps, asker, "rerun", run, phase);
};

/** `stop` could mean two things, so it asks. */
export const stop: Verb = async (deps, asker, parsed) => {
  await mustBeKnown(deps, asker, false);
  const card = await perform(deps, asker, runCard, { run_id: targetOf(asker, parsed) });
  const text = `Stop ${card.run}? Pausing can be undone, cancelling cannot.`;
  return say({
    text: sentences(text),
    blocks: [
      section(text),
      actions(
        button("Pause…", `${ACTIONS.openModal}.0`, `control:${controlId("pause", card.run_id)}`),
        button("Cancel…", `${ACTIONS.openModal}.1`, `control:${controlId("cancel", card.run_id)}`, {
          style: "danger",
        }),
      ),
    ],
  });
};
