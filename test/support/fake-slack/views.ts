import { type Body, textOf } from "./answer.ts";
import { withIds } from "./violations.ts";
import type { OpenView, Workspace } from "./workspace.ts";

/** How deep modals may lie on each other. */
const MAX_STACK = 3;

/** A person's open modals, the top one last. */
export const stackOf = (workspace: Workspace, user: string): OpenView[] =>
  workspace.views.filter((view) => view.user === user);

const newHash = (workspace: Workspace): string =>
  `${Math.floor(workspace.clock.nowMs() / 1000)}.${workspace.newId("h")}`;

const stored = (workspace: Workspace, view: Body): Body => ({
  ...view,
  blocks: withIds(workspace, view.blocks),
});

export const createView = (
  workspace: Workspace,
  user: string,
  team: string,
  view: Body,
  under: OpenView | null,
  channel: string | null = null,
): OpenView => {
  const id = workspace.newId("V");
  if (view.external_id !== undefined) workspace.externalIds.add(textOf(view.external_id));
  return {
    user,
    team,
    id,
    channel: channel ?? under?.channel ?? null,
    rootId: under?.rootId ?? id,
    previousId: under?.id ?? null,
    hash: newHash(workspace),
    view: stored(workspace, view),
    values: new Map(),
    errors: {},
  };
};

/** Lays a modal on the person's screen, or says that there are three already. */
export const pushView = (
  workspace: Workspace,
  user: string,
  team: string,
  view: Body,
  channel: string | null = null,
): OpenView | "push_limit_reached" => {
  const stack = stackOf(workspace, user);
  if (stack.length >= MAX_STACK) return "push_limit_reached";
  const opened = createView(workspace, user, team, view, stack.at(-1) ?? null, channel);
  workspace.views.push(opened);
  workspace.activity.note(`user:${user}`);
  return opened;
};

/** Replaces what a view shows. What was typed stays where block and action keep their ids, as in Slack's clients. */
export const replaceView = (workspace: Workspace, opened: OpenView, view: Body): void => {
  opened.view = stored(workspace, view);
  opened.hash = newHash(workspace);
  opened.errors = {};
  const kept = new Set((opened.view.blocks as Body[]).map((block) => textOf(block.block_id)));
  opened.values = new Map([...opened.values].filter(([block]) => kept.has(block)));
  workspace.activity.note(`user:${opened.user}`);
};

/** Takes a modal away; its external id is free again. */
export const closeView = (workspace: Workspace, opened: OpenView): void => {
  const at = workspace.views.indexOf(opened);
  if (at >= 0) workspace.views.splice(at, 1);
  workspace.externalIds.delete(textOf(opened.view.external_id));
};

/** The `view` object of answers and payloads. */
export const viewObject = (workspace: Workspace, opened: OpenView): Body => {
  const values: Record<string, Record<string, Body>> = {};
  for (const [block, actions] of opened.values) values[block] = Object.fromEntries(actions);
  return {
    private_metadata: "",
    callback_id: "",
    clear_on_close: false,
    notify_on_close: false,
    close: null,
    submit: null,
    external_id: "",
    ...opened.view,
    id: opened.id,
    team_id: opened.team,
    app_id: workspace.appId,
    bot_id: workspace.installations.get(workspace.botToken)?.botId ?? "",
    root_view_id: opened.rootId,
    previous_view_id: opened.previousId,
    hash: opened.hash,
    state: { values },
  };
};
