import { nearestVerb, VERBS } from "../../operations/verbs.ts";
import { type Answer, say, tell } from "../answer.ts";
import type { Asker } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { actions, button, section, sentences } from "../blocks/elements.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { SlackDeps } from "../deps.ts";
import { openModal } from "../listeners/interactions.ts";
import { parseCommand } from "../parse-command.ts";
import { SLACK_VERBS } from "./catalog.ts";

const unknownVerb = (typed: string): Answer => {
  const row = VERBS.find((one) => one.verb === typed);
  if (row?.surfaces === "terminal")
    return say(
      `\`${typed}\` is for the terminal where I am installed: mlpipeline ${typed} ${row.usage}`,
    );
  if (row) return say(`This release has no \`${typed}\` yet. \`help\` lists what it has.`);
  const near = nearestVerb(typed);
  const guess = near === null || !(near in SLACK_VERBS) ? "" : ` Did you mean \`${near}\`?`;
  return say(`I do not know "${typed}".${guess} \`help\` lists what I know.`);
};

/** The answer to a typed command. Throws UserInputError for what the person can mend. */
export const answerCommand = async (
  deps: SlackDeps,
  asker: Asker,
  text: string,
): Promise<Answer> => {
  const parsed = parseCommand(text);
  const verb = Object.hasOwn(SLACK_VERBS, parsed.verb) ? SLACK_VERBS[parsed.verb] : undefined;
  return verb ? verb(deps, asker, parsed) : unknownVerb(parsed.verb);
};

/** Where no modal can be opened (a mention): the button that opens it. */
const opener = (modal: string, id: string): Rendered => {
  const text = "Press to go on; only what you may do will open.";
  return {
    text: sentences(text),
    blocks: [section(text), actions(button("Open…", ACTIONS.openModal, `${modal}:${id}`))],
  };
};

/** Gives an answer through `give`; a modal opens where Slack lets it, else its button is given. */
export const giveAnswer = async (
  deps: SlackDeps,
  asker: Asker,
  answer: Answer,
  give: (rendered: Rendered) => Promise<void>,
): Promise<void> => {
  if (answer.kind === "say") return give(answer.rendered);
  if (answer.kind === "files") {
    await deps.port.upload(
      { channel: asker.channel ?? asker.user, threadTs: asker.threadTs },
      answer.files,
      answer.comment,
    );
    return give(renderLine(answer.comment));
  }
  if (asker.trigger === null) return give(opener(answer.modal, answer.id));
  await openModal(deps, asker, answer.modal, answer.id);
};

/** Runs a command in the name of whoever pressed, and answers that person alone. */
export const runCommandText = async (deps: SlackDeps, asker: Asker, text: string): Promise<void> =>
  giveAnswer(deps, asker, await answerCommand(deps, asker, text), (rendered) =>
    tell(deps, asker, rendered),
  );
