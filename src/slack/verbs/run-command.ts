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

type Give = (rendered: Rendered) => Promise<void>;

// Slack has no file that one person alone sees in a channel, so files go by direct message.
const giveFiles = async (
  deps: SlackDeps,
  asker: Asker,
  { comment, files }: Extract<Answer, { readonly kind: "files" }>,
  give: Give,
): Promise<void> => {
  const at = await deps.port.dm(asker.user, renderLine(comment), {
    key: `files/${asker.key}`,
    kind: "files",
    revision: 0,
  });
  await deps.port.upload({ channel: at.channel, threadTs: at.ts }, files, comment);
  await give(renderLine("I sent it to you as a direct message."));
};

/** Gives an answer through `give`; a modal opens where Slack lets it, else its button is given. */
export const giveAnswer = async (
  deps: SlackDeps,
  asker: Asker,
  answer: Answer,
  give: Give,
): Promise<void> => {
  if (answer.kind === "say") return give(answer.rendered);
  if (answer.kind === "files") return giveFiles(deps, asker, answer, give);
  if (asker.trigger === null) return give(opener(answer.modal, answer.id));
  await openModal(deps, asker, answer.modal, answer.id);
};

/** Runs a command in the name of whoever pressed, and answers that person alone. */
export const runCommandText = async (deps: SlackDeps, asker: Asker, text: string): Promise<void> =>
  giveAnswer(deps, asker, await answerCommand(deps, asker, text), (rendered) =>
    tell(deps, asker, rendered),
  );
