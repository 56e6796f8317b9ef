import type { App } from "@slack/bolt";
import { registerCommands } from "../commands.ts";
import type { SlackDeps } from "../deps.ts";
import { registerVotes } from "../votes.ts";

/** Everything the bot listens to. What nobody here listens to is answered by the transport's catch-alls. */
export const registerListeners = (app: App, deps: SlackDeps): void => {
  registerCommands(app, deps);
  registerVotes(app, deps);
};
