import type { App } from "@slack/bolt";
import { messageOf } from "../../lib/errors.ts";
import { tell } from "../answer.ts";
import { askerOf } from "../asker.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { SlackDeps } from "../deps.ts";
import { answerCommand, giveAnswer } from "../verbs/run-command.ts";
import { errorWords } from "../words.ts";

/** `/mlpipeline`: acknowledged at once, answered to the person alone; what a run shows comes through the outbox. */
export const registerSlash = (app: App, deps: SlackDeps): void => {
  app.command("/mlpipeline", async ({ ack, command, respond }) => {
    await ack();
    const asker = await askerOf(deps, {
      team: command.team_id,
      user: command.user_id,
      channel: command.channel_id,
      id: command.trigger_id,
      trigger: command.trigger_id,
    });
    // The command's own address reaches the person also where the bot is no member.
    const give = async (rendered: Rendered) => {
      try {
        await respond({
          response_type: "ephemeral",
          text: rendered.text,
          blocks: rendered.blocks,
        });
      } catch (error) {
        deps.log.info("a command's address refused", { error: messageOf(error) });
        await tell(deps, asker, rendered);
      }
    };
    try {
      const answer = await answerCommand(deps, asker, command.text);
      await giveAnswer(deps, asker, answer, give);
    } catch (error) {
      deps.log.info("a command was refused", {
        ref: asker.reference,
        error: messageOf(error),
      });
      await give(renderLine(errorWords(error, asker.reference)));
    }
  });
};
