import type { Said } from "../../operations/conversation-port.ts";
import { type Answer, say } from "../answer.ts";
import type { Asker } from "../asker.ts";
import { context } from "../blocks/elements.ts";
import { renderTalk, type TalkLink } from "../blocks/talk-message.ts";
import type { SlackDeps } from "../deps.ts";
import { parseRef } from "../messages.ts";
import { parseCommand } from "../parse-command.ts";
import { isTalk } from "../parse-talk.ts";
import { SLACK_VERBS } from "./catalog.ts";
import { answerCommand } from "./run-command.ts";

const linksOf = async (
  { messages, port }: SlackDeps,
  refs: Extract<Said, { readonly kind: "answer" }>["refs"],
): Promise<readonly TalkLink[]> => {
  const found = await Promise.all(
    refs.map(async ({ runId, text }) => {
      const at = parseRef(await messages.get(`run/${runId}`));
      const url = at === null ? null : await port.permalink(at);
      return url === null ? [] : [{ text, url }];
    }),
  );
  return found.flat();
};

/** Why no model answered, below what the grammar says. */
const withWhy = (answer: Answer, why: string | null): Answer =>
  why === null || answer.kind !== "say"
    ? answer
    : {
        ...answer,
        rendered: { ...answer.rendered, blocks: [...answer.rendered.blocks, context(why)] },
      };

/**
 * The answer to what somebody wrote to the bot: a command as everywhere; free words go to Claude where it is on, and to the grammar
 * where it is not or does not answer. Throws UserInputError for what the person can mend.
 */
export const answerWords = async (deps: SlackDeps, asker: Asker, text: string): Promise<Answer> => {
  const { conversation } = deps;
  const parsed = parseCommand(text);
  const free = text.trim() !== "" && isTalk(parsed, SLACK_VERBS) && asker.actor.person !== null;
  if (!free || !(await conversation.isOn())) return answerCommand(deps, asker, text);
  const said = await conversation.say({
    actor: asker.actor,
    key: asker.key,
    thread: `${asker.team}/${asker.channel ?? ""}/${asker.threadTs ?? ""}`,
    threadRun: asker.threadRun,
    text,
  });
  if (said.kind === "none") return withWhy(await answerCommand(deps, asker, text), said.why);
  return say(renderTalk({ ...said, links: await linksOf(deps, said.refs) }));
};
