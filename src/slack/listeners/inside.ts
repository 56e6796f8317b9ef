import type { App } from "@slack/bolt";
import { messageOf } from "../../lib/errors.ts";
import { askerOf } from "../asker.ts";
import type { SlackDeps } from "../deps.ts";
import { ALL_MODALS } from "../modals/catalog.ts";
import type { Modal, Submission } from "../modals/define.ts";
import { withAlert } from "../modals/form.ts";
import { readValues } from "../modals/values.ts";
import { errorWords } from "../words.ts";
import {
  type Interaction,
  type PayloadView,
  readInteraction,
  readPressed,
  readView,
  teamOf,
} from "./payload.ts";

const givenOf = (payload: PayloadView): Submission => ({
  state: payload.state,
  values: readValues(payload.values),
  view: payload.view,
  viewId: payload.id,
});

const insideAsker = (deps: SlackDeps, body: Interaction) =>
  askerOf(deps, {
    team: teamOf(body),
    user: body.user.id,
    id: body.trigger_id,
    trigger: body.trigger_id || null,
  });

const pattern = (ids: readonly string[]): RegExp => new RegExp(`^(?:${ids.join("|")})\\d*$`);

const registerPresses = (app: App, deps: SlackDeps, modal: Modal): void => {
  const { press } = modal;
  if (!press) return;
  app.action(
    { type: "block_actions", action_id: pattern(modal.presses ?? []) },
    async ({ ack, body, payload }) => {
      await ack();
      const interaction = readInteraction(body);
      const view = readView(interaction.view);
      const asker = await insideAsker(deps, interaction);
      const at = { id: view.id, hash: view.hash };
      try {
        const next = await press(deps, asker, givenOf(view), readPressed(payload));
        if (next?.kind === "update") await deps.port.updateView(at, next.view);
        if (next?.kind === "push") await deps.port.pushView(interaction.trigger_id, next.view);
      } catch (error) {
        deps.log.info("a press in a modal was refused", { error: messageOf(error) });
        await deps.port.updateView(at, withAlert(view.view, errorWords(error, asker.reference)));
      }
    },
  );
};

const registerSuggestions = (app: App, deps: SlackDeps, modal: Modal): void => {
  const { suggest } = modal;
  if (!suggest) return;
  app.options({ action_id: pattern(modal.suggests ?? []) }, async ({ ack, body }) => {
    const interaction = readInteraction(body);
    const payload = readView(interaction.view);
    const asker = await insideAsker(deps, interaction);
    const query = String((body as { readonly value?: unknown }).value ?? "");
    try {
      const options = await suggest(deps, asker, givenOf(payload), query);
      // Bolt's type is of the dialogs of old; Block Kit's options carry `text`.
      await ack({ options: [...options] } as never);
    } catch (error) {
      deps.log.info("options were refused", { error: messageOf(error) });
      await ack({ options: [] });
    }
  });
};

/** What happens inside an open modal before it is sent: buttons, swapped inputs, options that are asked for. */
export const registerInside = (app: App, deps: SlackDeps): void => {
  for (const modal of ALL_MODALS) {
    registerPresses(app, deps, modal);
    registerSuggestions(app, deps, modal);
  }
};
