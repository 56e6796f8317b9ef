import { UserInputError } from "../../lib/errors.ts";
import { type Asker, askerOf } from "../asker.ts";
import type { ModalView } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import { modalOf } from "../modals/catalog.ts";
import type { ModalName } from "../modals/names.ts";
import { type Interaction, parseState, teamOf } from "./payload.ts";

/** Who clicked, chose or used a shortcut, and where. */
export const interactionAsker = (deps: SlackDeps, body: Interaction): Promise<Asker> =>
  askerOf(deps, {
    team: teamOf(body),
    user: body.user.id,
    id: body.trigger_id,
    trigger: body.trigger_id,
    channel: body.channel?.id ?? body.container?.channel_id ?? null,
    threadTs: body.message?.thread_ts ?? body.message?.ts ?? null,
  });

/** Opens a view that remembers where it was asked for, so that what comes of it is said there. */
export const showView = async (deps: SlackDeps, asker: Asker, view: ModalView): Promise<void> => {
  const at = asker.channel === null ? {} : { at: `${asker.channel}/${asker.threadTs ?? ""}` };
  const state = { ...(parseState(view.private_metadata ?? "") as object), ...at };
  await deps.port.openView(asker.trigger ?? "", {
    ...view,
    private_metadata: JSON.stringify(state),
  });
};

/** Opens a modal for the one who asked. Throws UserInputError with words for people when it may not be opened. */
export const openModal = async (
  deps: SlackDeps,
  asker: Asker,
  name: ModalName,
  id: string,
): Promise<void> => {
  const modal = modalOf(name);
  if (!modal || asker.trigger === null) {
    throw new UserInputError("NOT_HERE", "this cannot be opened from here", {
      next: "type the same after /mlpipeline, or use the bot's Home",
    });
  }
  await showView(deps, asker, await modal.prepare(deps, asker, id));
};
