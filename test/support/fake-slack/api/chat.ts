import { type Answer, isOn, listOf, ok, refuse, textOf } from "../answer.ts";
import {
  addEphemeral,
  addMessage,
  findMessage,
  messageObject,
  noteMessage,
  raiseMetadata,
  raiseOwnDirect,
  removeMessage,
} from "../messages.ts";
import { noteSameBlockIds, withIds } from "../violations.ts";
import type { Call, Method } from "./call.ts";
import {
  isAnswer,
  refuseContent,
  refuseMetadata,
  threadOf,
  wantsBroadcast,
  writableChannel,
} from "./message.ts";

const postMessage = (call: Call): Answer => {
  const { workspace, installation, body } = call;
  const channel = writableChannel(call);
  if (isAnswer(channel)) return channel;
  const refused = refuseContent(call, "a post") ?? refuseMetadata(body.metadata);
  if (refused) return refused;
  const thread = threadOf(call, channel);
  if (isAnswer(thread)) return thread;
  if (body.metadata === undefined) workspace.violations.push("a post without metadata");
  if (isOn(body.link_names)) workspace.violations.push("a post with link_names");
  const message = addMessage(workspace, {
    channel,
    author: installation.botUser,
    threadTs: thread.threadTs,
    broadcast: thread.threadTs !== null && wantsBroadcast(body),
    text: textOf(body.text),
    blocks: body.blocks,
    metadata: body.metadata,
  });
  raiseMetadata(workspace, installation, message);
  raiseOwnDirect(workspace, installation, message);
  return ok({ channel: channel.id, ts: message.ts, message: messageObject(workspace, message) });
};

const update = (call: Call): Answer => {
  const { workspace, installation, body } = call;
  const channel = writableChannel(call);
  if (isAnswer(channel)) return channel;
  const message = findMessage(workspace, channel.id, textOf(body.ts));
  if (!message) return refuse("message_not_found");
  if (message.author !== installation.botUser) return refuse("cant_update_message");
  if (message.stream?.open) return refuse("streaming_state_conflict");
  const refused = refuseContent(call, "an update") ?? refuseMetadata(body.metadata);
  if (refused) return refused;
  noteSameBlockIds(workspace, message, listOf(body.blocks));
  message.text = textOf(body.text);
  // Blocks that are not given stay; an empty list takes them away (docs of chat.update).
  if (body.blocks !== undefined) message.blocks = withIds(workspace, body.blocks);
  if (body.metadata !== undefined) message.metadata = body.metadata;
  message.edits += 1;
  noteMessage(workspace, message);
  raiseOwnDirect(workspace, installation, message, "message_changed");
  return ok({
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: messageObject(workspace, message),
  });
};

const remove = (call: Call): Answer => {
  const { workspace, installation, body } = call;
  const channel = writableChannel(call);
  if (isAnswer(channel)) return channel;
  const message = findMessage(workspace, channel.id, textOf(body.ts));
  if (!message) return refuse("message_not_found");
  if (message.author !== installation.botUser) return refuse("cant_delete_message");
  removeMessage(workspace, message);
  raiseOwnDirect(workspace, installation, message, "message_deleted");
  return ok({ channel: channel.id, ts: message.ts });
};

const postEphemeral = (call: Call): Answer => {
  const { workspace, body } = call;
  const channel = writableChannel(call);
  if (isAnswer(channel)) return channel;
  const user = textOf(body.user);
  if (!channel.members.has(user)) return refuse("user_not_in_channel");
  const refused = refuseContent(call, "an ephemeral");
  if (refused) return refused;
  const thread = threadOf(call, channel);
  if (isAnswer(thread)) return thread;
  const ephemeral = addEphemeral(workspace, {
    channel: channel.id,
    user,
    threadTs: thread.threadTs,
    text: textOf(body.text),
    blocks: body.blocks,
  });
  return ok({ message_ts: ephemeral.ts });
};

const getPermalink = ({ workspace, installation, body, address }: Call): Answer => {
  const channel = workspace.channels.get(textOf(body.channel));
  if (!channel || channel.team !== installation.team) return refuse("channel_not_found");
  const message = findMessage(workspace, channel.id, textOf(body.message_ts));
  if (!message) return refuse("message_not_found");
  const query = message.threadTs === null ? "" : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
  return ok({
    channel: channel.id,
    permalink: `http://${address}/archives/${channel.id}/p${message.ts.replace(".", "")}${query}`,
  });
};

const WRITE = ["chat:write"];

export const CHAT_METHODS: Readonly<Record<string, Method>> = {
  // Its rate is one post a second and channel, not a tier.
  "chat.postMessage": { scopes: WRITE, tier: null, posts: true, run: postMessage },
  "chat.update": { scopes: WRITE, tier: 50, run: update },
  "chat.delete": { scopes: WRITE, tier: 50, run: remove },
  "chat.postEphemeral": { scopes: WRITE, tier: 100, run: postEphemeral },
  "chat.getPermalink": { scopes: [], tier: null, run: getPermalink },
};
