import type { Body } from "./answer.ts";
import { fileObject } from "./files.ts";
import { withIds } from "./violations.ts";
import type { Channel, Installation, PostedMessage, Workspace } from "./workspace.ts";

export interface NewMessage {
  readonly channel: Channel;
  readonly author: string;
  readonly threadTs: string | null;
  readonly broadcast: boolean;
  readonly text: string;
  readonly blocks: unknown;
  readonly metadata: unknown;
  readonly files?: readonly string[];
}

/** A change of a message is seen in its channel and in its thread. */
export const noteMessage = (workspace: Workspace, message: PostedMessage): void => {
  workspace.activity.note(`channel:${message.channel}`);
  workspace.activity.note(`thread:${message.channel}/${message.threadTs ?? message.ts}`);
};

/** Puts a message into a channel and shows it to who is there. */
export const addMessage = (workspace: Workspace, given: NewMessage): PostedMessage => {
  const message: PostedMessage = {
    channel: given.channel.id,
    ts: workspace.nextTs(given.channel.id),
    threadTs: given.threadTs,
    broadcast: given.broadcast,
    author: given.author,
    files: given.files ?? [],
    metadata: given.metadata,
    text: given.text,
    blocks: withIds(workspace, given.blocks),
    edits: 0,
    stream: null,
  };
  workspace.messages.push(message);
  noteMessage(workspace, message);
  return message;
};

/** Takes a message away, as a person or the app deletes it. */
export const removeMessage = (workspace: Workspace, message: PostedMessage): void => {
  workspace.messages.splice(workspace.messages.indexOf(message), 1);
  noteMessage(workspace, message);
};

export const findMessage = (
  workspace: Workspace,
  channel: string,
  ts: string,
): PostedMessage | undefined =>
  workspace.messages.find((one) => one.channel === channel && one.ts === ts);

const fileObjects = (workspace: Workspace, ids: readonly string[]): Body[] =>
  ids.flatMap((id) => {
    const file = workspace.files.get(id);
    return file ? [fileObject(workspace, file, workspace.address())] : [];
  });

/** The message as the API and payloads show it. */
export const messageObject = (workspace: Workspace, message: PostedMessage): Body => ({
  type: "message",
  user: message.author,
  ts: message.ts,
  text: message.text,
  blocks: message.blocks,
  team: workspace.team,
  ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
  ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  ...(message.edits === 0 ? {} : { edited: { user: message.author, ts: message.ts } }),
  ...(message.files.length === 0 ? {} : { files: fileObjects(workspace, message.files) }),
});

/** Tells subscribers of a message's metadata. Whether Slack reports an app's own posts is unverified, so that can be switched. */
export const raiseMetadata = (
  workspace: Workspace,
  installation: Installation,
  message: PostedMessage,
): void => {
  const metadata = message.metadata as { event_type?: string } | undefined;
  if (!workspace.settings.ownMetadataEvents || metadata?.event_type === undefined) return;
  if (!workspace.manifest.metadataTypes.has(metadata.event_type)) return;
  workspace.raise(installation.team, {
    type: "message_metadata_posted",
    app_id: workspace.appId,
    bot_id: installation.botId,
    user_id: installation.botUser,
    team_id: installation.team,
    channel_id: message.channel,
    metadata,
    message_ts: message.ts,
    event_ts: message.ts,
  });
};

/** Shows a message to one person only, until their client reloads. */
export const addEphemeral = (
  workspace: Workspace,
  given: {
    readonly channel: string;
    readonly user: string;
    readonly threadTs: string | null;
    readonly text: string;
    readonly blocks: unknown;
  },
) => {
  const ephemeral = {
    ...given,
    ts: workspace.nextTs(given.channel),
    blocks: withIds(workspace, given.blocks),
    gone: false,
  };
  workspace.ephemerals.push(ephemeral);
  workspace.activity.note(`user:${given.user}`);
  return ephemeral;
};

/**
 * In direct messages Slack tells an app of its own messages too, and of their edits and deletions: an app that answers
 * every message there answers itself.
 */
export const raiseOwnDirect = (
  workspace: Workspace,
  installation: Installation,
  message: PostedMessage,
  subtype?: "message_changed" | "message_deleted",
): void => {
  if (workspace.channels.get(message.channel)?.kind !== "im") return;
  const own = {
    ...messageObject(workspace, message),
    bot_id: installation.botId,
    app_id: workspace.appId,
  };
  const place = { type: "message", channel: message.channel, channel_type: "im" } as const;
  const ts = workspace.nextTs(message.channel);
  if (subtype === undefined)
    workspace.raise(installation.team, { ...own, ...place, event_ts: message.ts });
  else if (subtype === "message_changed")
    workspace.raise(installation.team, {
      ...place,
      subtype,
      hidden: true,
      message: own,
      ts,
      event_ts: ts,
    });
  else
    workspace.raise(installation.team, {
      ...place,
      subtype,
      hidden: true,
      previous_message: own,
      deleted_ts: message.ts,
      ts,
      event_ts: ts,
    });
};
