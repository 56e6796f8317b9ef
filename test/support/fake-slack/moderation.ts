import { findMessage, removeMessage } from "./messages.ts";
import type { PostedMessage, Workspace } from "./workspace.ts";

/** A person deletes one of the app's messages. */
export const deleteMessage = (workspace: Workspace, message: PostedMessage): void => {
  if (findMessage(workspace, message.channel, message.ts)) removeMessage(workspace, message);
};

/** Somebody takes the bot (or a person) out of a channel. */
export const removeMember = (workspace: Workspace, channel: string, user = "UBOT"): void => {
  workspace.channels.get(channel)?.members.delete(user);
};
