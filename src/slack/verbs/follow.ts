import { runFollow } from "../../operations/run-follow.ts";
import { say } from "../answer.ts";
import { mustBeKnown, perform } from "../asker.ts";
import { renderLine } from "../blocks/line-message.ts";
import { onlyKeys, targetOf, type Verb } from "./define.ts";

/** `follow <run>` and `unfollow <run>`: news of it by direct message, or no more. */
export const follows =
  (follow: boolean): Verb =>
  async (deps, asker, parsed) => {
    onlyKeys(parsed, []);
    await mustBeKnown(deps, asker, false);
    const { run } = await perform(deps, asker, runFollow, {
      run_id: targetOf(asker, parsed),
      follow,
    });
    const words = follow
      ? `You follow ${run}: I tell you directly when it asks for a decision, waits for a person, or ends.`
      : `You follow ${run} no longer.`;
    return say(renderLine(words));
  };
