import { type Body, objectOf, textOf } from "./answer.ts";
import { directChannel } from "./channels.ts";
import type { Hands } from "./hands.ts";
import { addEphemeral, addMessage, findMessage, messageObject } from "./messages.ts";
import { commonPayload } from "./payloads.ts";
import { refuseReply } from "./respond.ts";
import { screenText } from "./screen.ts";
import { storeFile, type UserFile } from "./user-form.ts";
import { viewObject } from "./views.ts";
import { plant } from "./violations.ts";
import type { AppEvent, Channel } from "./workspace.ts";

/** What a person says to the app, and where they go. */
export interface TalkActions {
  /** Types the app's slash command followed by `text` in the channel. */
  readonly slash: (text: string) => Promise<void>;
  /** Writes to the bot by name: in the channel, or in the thread of the message that contains `inThread`. */
  readonly mention: (text: string, inThread?: string) => Promise<void>;
  /** Writes to the bot directly; the direct messages are then on the screen. */
  readonly dm: (text: string) => Promise<void>;
  /** Uses a shortcut by its name; a message shortcut on the newest message that contains `onMessage`. */
  readonly shortcut: (name: string, onMessage?: string) => Promise<void>;
  /** Opens the app's Home. */
  readonly openHome: () => Promise<void>;
  /** Goes to a channel, or to the direct messages with the bot. */
  readonly goTo: (channel: string) => void;
  /** Uploads a file into the channel, with a comment. */
  readonly upload: (file: UserFile, comment?: string) => Promise<void>;
  /** Presses the stop button that Slack shows while the app's session in this thread is processing. */
  readonly stop: (inThread: string) => Promise<void>;
  /** Reloads the client: ephemerals and modals are gone. */
  readonly reload: () => void;
}

const BOT = "UBOT";

const channelOf = (hands: Hands): Channel => {
  const { place } = hands.state;
  if (place === "home") throw new Error("Home takes no messages: go to a channel");
  const channel = hands.slack.workspace.channels.get(place.channel);
  if (!channel?.members.has(hands.user))
    throw new Error(`${hands.user} is not in ${place.channel}`);
  return channel;
};

const placeOf = ({ state }: Hands): string | null =>
  state.place === "home" ? null : state.place.channel;

/** Slack's own escaping of names in a command (`should_escape`). */
const escapeCommand = (hands: Hands, text: string): string =>
  text
    .replace(/@(\w+)/g, (all, name: string) => {
      const found = [...hands.slack.workspace.people.values()].find((one) => one.name === name);
      return found ? `<@${found.id}|${found.name}>` : all;
    })
    .replace(/#([\w-]+)/g, (all, name: string) => {
      const found = [...hands.slack.workspace.channels.values()].find((one) => one.name === name);
      return found ? `<#${found.id}|${found.name}>` : all;
    });

const showReply = (hands: Hands, channel: Channel, payload: unknown): void => {
  const { workspace } = hands.slack;
  const reply = objectOf(payload);
  if (reply.text === undefined && reply.blocks === undefined) return;
  if (refuseReply(workspace, reply)) return;
  const shown = { threadTs: null, text: textOf(reply.text), blocks: reply.blocks };
  if (reply.response_type === "in_channel")
    addMessage(workspace, {
      ...shown,
      channel,
      author: BOT,
      broadcast: false,
      metadata: undefined,
    });
  else addEphemeral(workspace, { ...shown, channel: channel.id, user: hands.user });
};

const slash = async (hands: Hands, text: string): Promise<void> => {
  const { workspace } = hands.slack;
  hands.needNoModal("the message box");
  const channel = channelOf(hands);
  const [command, { escape: escapes }] = [...workspace.manifest.commands][0] ?? [
    "",
    { escape: false },
  ];
  if (command === "") throw new Error("the manifest has no slash command");
  const { user, team } = commonPayload(workspace, hands.user);
  const outcome = await hands.slack.deliver("slash_commands", {
    token: "fake-verification",
    team_id: objectOf(team).id,
    team_domain: "fake",
    channel_id: channel.id,
    channel_name: channel.kind === "im" ? "directmessage" : channel.name,
    user_id: hands.user,
    user_name: objectOf(user).name,
    command,
    text: escapes ? escapeCommand(hands, text) : text,
    api_app_id: workspace.appId,
    is_enterprise_install: "false",
    trigger_id: workspace.triggers.create({
      user: hands.user,
      team: workspace.team,
      viewId: null,
      channel: placeOf(hands),
    }),
    response_url: workspace.responses.create({
      user: hands.user,
      channel: channel.id,
      threadTs: null,
      original: null,
    }),
  });
  if (hands.note(outcome, `${command} ${text}`) && outcome.acked)
    showReply(hands, channel, outcome.payload);
};

/** Raises an event and waits for its first try; a person sees nothing of a failure but the missing answer. */
const raise = async (hands: Hands, event: AppEvent): Promise<void> => {
  const delivery = hands.slack.raise(event);
  if (!delivery) throw new Error(`the manifest does not subscribe to ${event.type}`);
  await delivery.first;
};

const threadWith = (hands: Hands, channel: Channel, words: string | undefined): string | null => {
  if (words === undefined) return null;
  const found = hands
    .screen()
    .find((shown) => shown.kind === "message" && screenText([shown]).includes(words));
  if (!found) throw new Error(`nobody sees a message with "${words}" in ${channel.name}`);
  return found.threadTs ?? found.ts;
};

const say = async (
  hands: Hands,
  channel: Channel,
  given: {
    readonly text: string;
    readonly threadTs: string | null;
    readonly files?: readonly string[];
  },
  event: Body & { readonly type: string },
): Promise<void> => {
  const { workspace } = hands.slack;
  plant(workspace, given.text.replace(`<@${BOT}>`, ""));
  const message = addMessage(workspace, {
    ...given,
    channel,
    author: hands.user,
    broadcast: false,
    blocks: [],
    metadata: undefined,
  });
  await raise(hands, {
    ...messageObject(workspace, message),
    ...event,
    channel: channel.id,
    event_ts: message.ts,
    ...(given.files === undefined || event.type !== "message" ? {} : { subtype: "file_share" }),
  });
};

const openDirect = async (hands: Hands): Promise<Channel> => {
  const { workspace } = hands.slack;
  if (!workspace.manifest.messages) throw new Error("the manifest lets nobody write to the app");
  hands.needNoModal("the direct messages");
  const channel = directChannel(workspace, BOT, hands.user, workspace.team);
  const there = hands.state.place !== "home" && hands.state.place.channel === channel.id;
  hands.state.place = { channel: channel.id };
  if (!there && workspace.manifest.events.has("app_home_opened"))
    await raise(hands, {
      type: "app_home_opened",
      user: hands.user,
      channel: channel.id,
      tab: "messages",
      event_ts: workspace.nextTs(channel.id),
    });
  return channel;
};

const useShortcut = async (
  hands: Hands,
  name: string,
  onMessage: string | undefined,
): Promise<void> => {
  const { workspace } = hands.slack;
  hands.needNoModal("the shortcut");
  const kind = onMessage === undefined ? "global" : "message";
  const shortcut = workspace.manifest.shortcuts.find(
    (one) => one.name === name && one.kind === kind,
  );
  if (!shortcut) throw new Error(`the manifest has no ${kind} shortcut "${name}"`);
  const common = {
    ...commonPayload(workspace, hands.user),
    callback_id: shortcut.callbackId,
    action_ts: (workspace.clock.nowMs() / 1000).toFixed(6),
    trigger_id: workspace.triggers.create({
      user: hands.user,
      team: workspace.team,
      viewId: null,
      channel: placeOf(hands),
    }),
  };
  if (onMessage === undefined) {
    hands.note(await hands.slack.deliver("interactive", { type: "shortcut", ...common }), name);
    return;
  }
  const channel = channelOf(hands);
  const shown = hands
    .screen()
    .find((one) => one.kind === "message" && screenText([one]).includes(onMessage));
  const message = findMessage(workspace, channel.id, textOf(shown?.ts));
  if (!message) throw new Error(`nobody sees a message with "${onMessage}"`);
  const payload = {
    type: "message_action",
    ...common,
    channel: { id: channel.id, name: channel.name },
    message_ts: message.ts,
    message: messageObject(workspace, message),
    response_url: workspace.responses.create({
      user: hands.user,
      channel: channel.id,
      threadTs: message.threadTs,
      original: { ts: message.ts, ephemeral: false },
    }),
  };
  hands.note(await hands.slack.deliver("interactive", payload), name);
};

const pressStop = async (hands: Hands, inThread: string): Promise<void> => {
  const { workspace } = hands.slack;
  const channel = channelOf(hands);
  const threadTs = textOf(threadWith(hands, channel, inThread));
  if (workspace.sessions.get(`${channel.id}/${threadTs}`)?.status !== "processing")
    throw new Error("no stop button is shown: the session is not processing");
  const streaming = workspace.messages.filter(
    (one) => one.channel === channel.id && one.threadTs === threadTs && one.stream?.open === true,
  );
  for (const message of streaming) if (message.stream) message.stream.open = false;
  await raise(hands, {
    type: "agent_session_stopped",
    user: hands.user,
    channel: channel.id,
    thread_ts: threadTs,
    streaming_message_ts: streaming.map((message) => message.ts),
    event_ts: workspace.nextTs(channel.id),
  });
};

const openHome = async (hands: Hands): Promise<void> => {
  const { workspace } = hands.slack;
  hands.needNoModal("Home");
  if (!workspace.manifest.home) throw new Error("the manifest has no Home");
  hands.state.place = "home";
  const home = workspace.homes.get(hands.user);
  const channel = directChannel(workspace, BOT, hands.user, workspace.team);
  await raise(hands, {
    type: "app_home_opened",
    user: hands.user,
    channel: channel.id,
    tab: "home",
    event_ts: workspace.nextTs(channel.id),
    ...(home ? { view: viewObject(workspace, home) } : {}),
  });
};

export const createTalkActions = (hands: Hands): TalkActions => {
  const { workspace } = hands.slack;
  return {
    slash: (text) => slash(hands, text),
    mention: async (text, inThread) => {
      hands.needNoModal("the message box");
      const channel = channelOf(hands);
      if (!channel.members.has(BOT)) throw new Error(`the bot is not in ${channel.name}`);
      const threadTs = threadWith(hands, channel, inThread);
      const given = { text: `<@${BOT}> ${text}`, threadTs };
      await say(hands, channel, given, { type: "app_mention" });
    },
    dm: async (text) => {
      const channel = await openDirect(hands);
      await say(hands, channel, { text, threadTs: null }, { type: "message", channel_type: "im" });
    },
    shortcut: (name, onMessage) => useShortcut(hands, name, onMessage),
    openHome: () => openHome(hands),
    goTo: (channel) => {
      hands.needNoModal("the channel list");
      hands.state.place = { channel };
    },
    upload: async (file, comment = "") => {
      const channel = channelOf(hands);
      const { id } = storeFile(hands, file);
      const given = { text: comment, threadTs: null, files: [id] };
      if (channel.kind === "im")
        await say(hands, channel, given, { type: "message", channel_type: "im" });
      else
        addMessage(workspace, {
          ...given,
          channel,
          author: hands.user,
          broadcast: false,
          blocks: [],
          metadata: undefined,
        });
    },
    stop: (inThread) => pressStop(hands, inThread),
    reload: () => {
      for (const one of workspace.ephemerals) if (one.user === hands.user) one.gone = true;
      // External ids stay taken although the modal is gone (slack-api-specs#52).
      for (const view of workspace.views.filter((one) => one.user === hands.user))
        workspace.views.splice(workspace.views.indexOf(view), 1);
    },
  };
};
