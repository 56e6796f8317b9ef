import { type Body, objectOf, textOf } from "./answer.ts";
import { stateOf } from "./form.ts";
import { findMessage, messageObject } from "./messages.ts";
import type { Shown, Usable } from "./screen.ts";
import { viewObject } from "./views.ts";
import type { OpenView, Workspace } from "./workspace.ts";

/** What every interaction says of who, where and for which app. */
export const commonPayload = (workspace: Workspace, user: string): Body => {
  const person = workspace.people.get(user);
  return {
    team: { id: workspace.team, domain: "fake" },
    user: {
      id: user,
      name: person?.name.toLowerCase() ?? user,
      username: person?.name.toLowerCase() ?? user,
      team_id: person?.team ?? workspace.team,
    },
    api_app_id: workspace.appId,
    token: "fake-verification",
    enterprise: null,
    is_enterprise_install: false,
  };
};

/** A view as a payload carries it, with the state of all its inputs. */
export const viewPayload = (workspace: Workspace, opened: OpenView): Body => ({
  ...viewObject(workspace, opened),
  state: { values: stateOf(opened) },
});

export const findOpened = (workspace: Workspace, id: string | null): OpenView | undefined =>
  [...workspace.views, ...workspace.homes.values()].find((view) => view.id === id);

const messagePart = (workspace: Workspace, user: string, shown: Shown): Body => {
  const channel = workspace.channels.get(textOf(shown.channel));
  const message = findMessage(workspace, textOf(shown.channel), textOf(shown.ts));
  const thread = shown.threadTs === null ? {} : { thread_ts: shown.threadTs };
  return {
    container: {
      type: "message",
      message_ts: shown.ts,
      channel_id: shown.channel,
      is_ephemeral: shown.kind === "ephemeral",
      ...thread,
    },
    channel: { id: shown.channel, name: channel?.name },
    // A stale screen sends the message as it was seen.
    ...(shown.kind === "message"
      ? {
          message: {
            ...(message
              ? messageObject(workspace, message)
              : { type: "message", ts: shown.ts, ...thread }),
            text: shown.text,
            blocks: shown.blocks,
          },
        }
      : {}),
    state: { values: {} },
    response_url: workspace.responses.create({
      user,
      channel: textOf(shown.channel),
      threadTs: shown.threadTs,
      original: { ts: textOf(shown.ts), ephemeral: shown.kind === "ephemeral" },
    }),
  };
};

const viewPart = (workspace: Workspace, shown: Shown): Body => {
  const opened = findOpened(workspace, shown.viewId);
  return {
    container: { type: "view", view_id: shown.viewId },
    ...(opened ? { view: viewPayload(workspace, opened), state: { values: stateOf(opened) } } : {}),
  };
};

/** `block_actions` for one element; `result` is what was chosen or typed. */
export const blockActions = (
  workspace: Workspace,
  user: string,
  { shown, block, element }: Usable,
  result: Body,
): Body => ({
  type: "block_actions",
  ...commonPayload(workspace, user),
  ...(shown.viewId === null ? messagePart(workspace, user, shown) : viewPart(workspace, shown)),
  trigger_id: workspace.triggers.create({
    user,
    team: workspace.team,
    viewId: shown.kind === "modal" ? shown.viewId : null,
    channel: shown.channel,
  }),
  actions: [
    {
      type: element.type,
      action_id: element.action_id,
      block_id: block.block_id,
      action_ts: (workspace.clock.nowMs() / 1000).toFixed(6),
      ...(element.text === undefined ? {} : { text: objectOf(element.text) }),
      ...(element.placeholder === undefined ? {} : { placeholder: element.placeholder }),
      ...result,
    },
  ],
});

/** `block_suggestion`: asks the app for the options of a menu. */
export const blockSuggestion = (
  workspace: Workspace,
  user: string,
  { shown, block, element }: Usable,
  query: string,
): Body => ({
  type: "block_suggestion",
  ...commonPayload(workspace, user),
  ...(shown.viewId === null ? messagePart(workspace, user, shown) : viewPart(workspace, shown)),
  action_id: element.action_id,
  block_id: block.block_id,
  value: query,
});
