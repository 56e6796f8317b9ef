import { UserInputError } from "../../lib/errors.ts";
import { type Asker, askerOf } from "../asker.ts";
import type { ModalView } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import { modalOf } from "../modals/catalog.ts";
import { withoutAlerts } from "../modals/form.ts";
import type { ModalName } from "../modals/names.ts";
import { type Interaction, teamOf } from "./payload.ts";

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

const hasAlert = (view: ModalView): boolean => view.blocks.some((block) => block.type === "alert");

/** Opens a view; a workspace that does not know alerts gets them as text. */
const openOn = async (
  deps: SlackDeps,
  trigger: string,
  view: ModalView,
  inModal: boolean,
): Promise<void> => {
  const show = inModal ? deps.port.pushView : deps.port.openView;
  try {
    await show(trigger, view);
  } catch (error) {
    if (!hasAlert(view)) throw error;
    await show(trigger, withoutAlerts(view));
  }
};

/** Opens a modal for the one who asked. Throws UserInputError with words for people when it may not be opened. */
export const openModal = async (
  deps: SlackDeps,
  asker: Asker,
  name: ModalName,
  id: string,
  inModal = false,
): Promise<void> => {
  const modal = modalOf(name);
  if (!modal || asker.trigger === null) {
    throw new UserInputError("NOT_HERE", "this cannot be opened from here", {
      next: "type the same after /mlpipeline, or use the bot's Home",
    });
  }
  await openOn(deps, asker.trigger, await modal.prepare(deps, asker, id), inModal);
};
