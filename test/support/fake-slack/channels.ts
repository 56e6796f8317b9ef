import type { Channel, Workspace } from "./workspace.ts";

/** Opens a channel; people come in with `members`. */
export const addChannel = (
  workspace: Workspace,
  id: string,
  given: Partial<Omit<Channel, "id" | "members">> & { readonly members?: readonly string[] } = {},
): Channel => {
  const channel: Channel = {
    id,
    name: given.name ?? id.toLowerCase(),
    team: given.team ?? workspace.team,
    kind: given.kind ?? "public",
    members: new Set(given.members ?? ["UBOT"]),
    archived: given.archived ?? false,
    restricted: given.restricted ?? false,
    external: given.external ?? false,
  };
  workspace.channels.set(id, channel);
  return channel;
};

/** The direct message channel of the bot with a person, made when it is first needed. */
export const directChannel = (
  workspace: Workspace,
  bot: string,
  user: string,
  team: string,
): Channel =>
  workspace.channels.get(`D${user}`) ??
  addChannel(workspace, `D${user}`, {
    kind: "im",
    team,
    name: "directmessage",
    members: [bot, user],
  });
