import { createSlackDeliver, type SlackRow } from "./deliver.ts";
import type { SlackDeps } from "./deps.ts";
import { keepGroupsFresh } from "./groups.ts";
import { registerListeners } from "./listeners/register.ts";
import { createTransport, type Transport, type TransportDeps } from "./transport/transport.ts";

/** What the composition gives; the port is made here. */
export interface SlackBotDeps
  extends Omit<SlackDeps, "port" | "messages">,
    Omit<TransportDeps, "owners"> {}

/** The bot. `deliver` is its outbox target. */
export interface SlackBot extends Pick<Transport, "start" | "stop" | "handle"> {
  readonly deliver: (row: SlackRow) => Promise<{ readonly externalRef: string | null }>;
}

/** The bot on the shared operations. */
export const createSlackBot = (given: SlackBotDeps): SlackBot => {
  const owners = async () => (await given.settings.owner())?.accounts ?? [];
  const { app, handle, port, start, stop } = createTransport({ ...given, owners });
  const deps: SlackDeps = { ...given, port };
  registerListeners(app, deps);
  let unwatch = () => {};
  return {
    handle,
    start: async () => {
      await start();
      unwatch = keepGroupsFresh(deps);
    },
    stop: async () => {
      unwatch();
      await stop();
    },
    deliver: createSlackDeliver(deps),
  };
};
