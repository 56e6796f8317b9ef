import type { App } from "@slack/bolt";
import type { SlackDeps } from "../deps.ts";
import { registerButtons } from "./buttons.ts";
import { registerHome } from "./home.ts";
import { registerInside } from "./inside.ts";
import { registerMessages } from "./messages.ts";
import { registerModals } from "./modals.ts";
import { registerProposals } from "./proposals.ts";
import { registerShortcuts } from "./shortcuts.ts";
import { registerSlash } from "./slash.ts";

/** Everything the bot listens to. What nobody here listens to is answered by the transport's catch-alls. */
export const registerListeners = (app: App, deps: SlackDeps): void => {
  registerSlash(app, deps);
  registerButtons(app, deps);
  registerProposals(app, deps);
  registerModals(app, deps);
  registerInside(app, deps);
  registerMessages(app, deps);
  registerHome(app, deps);
  registerShortcuts(app, deps);
};
