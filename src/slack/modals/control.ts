import { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";
import { runCard } from "../../operations/run-card.ts";
import { runControl } from "../../operations/run-control.ts";
import { PHASE_TITLES, PHASES } from "../../spec/roles.ts";
import { mustBeKnown, perform } from "../asker.ts";
import { option, section } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { RunCard } from "../blocks/run-message.ts";
import type { KnownBlock } from "../blocks/slack-types.ts";
import { roleTitle, runWords } from "../blocks/state-words.ts";
import { done, fieldError, type Modal } from "./define.ts";
import { field, modal, radioInput, textInput } from "./form.ts";

const ACTIONS = ["pause", "resume", "cancel", "retry", "use_draft", "rerun"] as const;
export type ControlAction = (typeof ACTIONS)[number];

const State = z.object({
  action: z.enum(ACTIONS),
  run_id: z.string(),
  run: z.string(),
  step: z.string().optional(),
});

/** The id by which the modal is opened: what is to be done to which run, and which step of it or from which phase. */
export const controlId = (action: ControlAction, runId: string, rest = ""): string =>
  `${action}|${runId}|${rest}`;

const TITLES: Readonly<Record<ControlAction, string>> = {
  pause: "Pause the run",
  resume: "Resume the run",
  cancel: "Cancel the run",
  retry: "Try again",
  use_draft: "Use the draft",
  rerun: "Run again",
};

const FOLLOWS: Readonly<Record<ControlAction, string>> = {
  pause: "What is being worked on ends; nothing new begins until someone resumes it.",
  resume: "Work goes on where it stopped.",
  cancel: "The run ends for good. What was approved stays in its repository.",
  retry: "The specialist gets a new attempt with your note.",
  use_draft: "The blueprint's draft is submitted in place of the specialist's own work.",
  rerun:
    "Phases from there on are done again and ask for approval again; earlier ones stay as they are.",
};

const subject = (card: RunCard, step: string): string =>
  step === "" ? card.run : `${roleTitle(step)} of ${card.run}`;

const phaseField = (initial: string): KnownBlock =>
  field(
    "phase",
    "From phase",
    radioInput(
      PHASES.map((phase) => option(`${phase}: ${PHASE_TITLES[phase]}`, String(phase))),
      initial,
    ),
  );

/** Confirms what stops or repeats work: pause, resume, cancel, retry, use the draft, rerun. */
export const controlModal: Modal = {
  name: "control",
  errorField: "reason",
  prepare: async (deps, asker, id) => {
    await mustBeKnown(deps, asker, false);
    const [word = "", ref = "", rest = ""] = id.split("|", 3);
    const action = ACTIONS.find((one) => one === word);
    if (!action) throw new UserInputError("UNKNOWN_ACTION", `expected a known action, got ${word}`);
    const card = await deps.call(runCard, { run_id: ref });
    const step = action === "rerun" ? "" : rest;
    return modal({
      name: "control",
      title: TITLES[action],
      submit: TITLES[action],
      state: {
        action,
        run_id: card.run_id,
        run: card.run,
        ...(step === "" ? {} : { step }),
      },
      blocks: [
        section(
          `${subject(card, step)} is ${runWords(card.status, card.pauses)}.\nWhat happens: ${FOLLOWS[action]}`,
        ),
        ...(action === "rerun" ? [phaseField(rest)] : []),
        field("reason", "Why?", textInput({ multiline: true }), {
          optional: action !== "cancel",
        }),
      ],
    });
  },
  submit: async (deps, asker, { state: raw, values }) => {
    const state = State.parse(raw);
    await mustBeKnown(deps, asker, false);
    const phase = values.chosen("phase");
    if (state.action === "rerun" && phase === null)
      return fieldError("phase", "Choose the phase to begin with.");
    const result = await perform(deps, asker, runControl, {
      run_id: state.run_id,
      action: state.action,
      reason: values.text("reason") ?? "",
      ...(state.step === undefined ? {} : { step_id: state.step }),
      ...(phase === null ? {} : { phase: Number(phase) }),
    });
    return done(renderLine(`${TITLES[state.action]}: done. ${result.run} is ${result.status}.`));
  },
};
