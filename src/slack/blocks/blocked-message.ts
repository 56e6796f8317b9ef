import type { z } from "zod";
import type { stepGet } from "../../operations/step-get.ts";
import { ACTIONS } from "./action-ids.ts";
import { actions, button, header, lists, section, sentences } from "./elements.ts";
import type { Rendered } from "./rendered.ts";
import type { KnownBlock } from "./slack-types.ts";
import { roleTitle } from "./state-words.ts";

export type StepAnswer = z.output<typeof stepGet.output>;

const MAX_ATTEMPTS = 6;

/** `value` of the buttons: the run's id and the step, as one id. */
export const stepValue = (runId: string, step: string): string => `${runId}/${step}`;

export const parseStepValue = (
  value: string,
): { readonly runId: string; readonly step: string } | null => {
  const [runId = "", step = ""] = value.split("/", 2);
  return runId === "" || step === "" ? null : { runId, step };
};

const tried = (step: StepAnswer): readonly string[] =>
  step.attempts.slice(-MAX_ATTEMPTS).map((one) => `attempt ${one.no} (${one.kind}): ${one.status}`);

const buttons = (run: { readonly id: string; readonly name: string }, step: StepAnswer) => {
  const value = stepValue(run.id, step.step_id);
  const who = `${step.step_id} of ${run.name}`;
  return actions(
    button("Try again…", ACTIONS.stepRetry, value, { style: "primary", says: `Try ${who} again` }),
    button("Use the draft…", ACTIONS.stepUseDraft, value, { says: `Use the draft of ${who}` }),
  );
};

/** A step that only a person can set going again; once it goes on, the buttons give way to where it stands. Pure. */
export const renderBlockedMessage = (
  run: { readonly id: string; readonly name: string },
  step: StepAnswer,
): Rendered => {
  const who = roleTitle(step.step_id);
  const stuck = step.blocked?.startsWith("person") ?? false;
  const code = step.blocked?.replace(/^person: /, "") ?? "";
  const title = stuck ? `${who} is blocked` : `${who} goes on`;
  const said = stuck
    ? `${who} of ${run.name} cannot go on alone: ${code}. ${step.block_findings} findings block it.`
    : `${who} of ${run.name} was blocked and is ${step.status} now.`;
  const told = lists([
    { title: "Tried", items: tried(step) },
    { title: "Open comments", items: step.open_comments.slice(0, 5) },
  ]);
  const blocks: KnownBlock[] = [
    header(title),
    section(said, 600),
    ...(stuck && told !== null ? [told] : []),
    ...(stuck ? [buttons(run, step)] : []),
  ];
  const next = stuck ? "A person may let it try again, or use the draft." : "";
  return { text: sentences(`${title}.`, said, next), blocks };
};
