import type { App } from "@slack/bolt";
import { messageOf } from "../../lib/errors.ts";
import type { PressedProposal } from "../../operations/conversation-port.ts";
import { tell } from "../answer.ts";
import type { Asker } from "../asker.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { SlackDeps } from "../deps.ts";
import { errorWords } from "../words.ts";
import { interactionAsker } from "./interactions.ts";
import { readInteraction, readPressed } from "./payload.ts";

const MOST_FACTS = 8;

/** The plain values of an output as `name: value`, first ones first. */
const factsOf = (output: unknown): string =>
  Object.entries((output ?? {}) as Readonly<Record<string, unknown>>)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .slice(0, MOST_FACTS)
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${String(value)}`)
    .join(" · ");

const wordsOf = (pressed: PressedProposal): string => {
  switch (pressed.kind) {
    case "ran":
      return `Done: ${pressed.proposal.title}. ${factsOf(pressed.output)}`;
    case "already":
      return `This ran already, at ${new Date(pressed.atMs).toISOString().slice(11, 16)} UTC: ${pressed.proposal.title}. It was not run again.`;
    case "not_yours":
      return `Only ${pressed.person} can press this: it was proposed in talk with them. Ask me yourself for one of your own.`;
    case "late":
      return "This proposal is older than 15 minutes. Nothing was done; ask again.";
    case "unknown":
      return "This proposal is not known here any more. Nothing was done; ask again.";
    default:
      return pressed satisfies never;
  }
};

/** Who pressed is told; what was done is said in the thread, once. */
const answerPress = async (
  deps: SlackDeps,
  asker: Asker,
  id: string,
  pressed: PressedProposal,
): Promise<void> => {
  const rendered = renderLine(wordsOf(pressed));
  if (pressed.kind !== "ran" || asker.channel === null) return tell(deps, asker, rendered);
  await deps.port.post({
    channel: asker.channel,
    threadTs: asker.threadTs,
    broadcast: false,
    rendered,
    effect: { key: `proposal/${id}`, kind: "answer", revision: 0 },
  });
};

/** The button of a proposal: its person's click runs it once, everybody else is told why not. */
export const registerProposals = (app: App, deps: SlackDeps): void => {
  const pattern = new RegExp(`^${ACTIONS.proposalRun}(\\.\\d+)?$`);
  app.action({ type: "block_actions", action_id: pattern }, async ({ ack, body, payload }) => {
    await ack();
    const asker = await interactionAsker(deps, readInteraction(body));
    const id = readPressed(payload).value;
    try {
      await answerPress(deps, asker, id, await deps.conversation.press(id, asker.actor));
    } catch (error) {
      const { reference } = asker;
      deps.log.info("a proposal was refused", { ref: reference, error: messageOf(error) });
      await tell(deps, asker, renderLine(errorWords(error, reference)));
    }
  });
};
