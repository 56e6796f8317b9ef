import { type Answer, type Body, objectOf, ok, refuse, textOf } from "../answer.ts";
import { checkView, isViewTooLarge } from "../blocks/check-view.ts";
import { createView, pushView, replaceView, stackOf, viewObject } from "../views.ts";
import { blame, liveTokens } from "../violations.ts";
import type { Installation, OpenView, Workspace } from "../workspace.ts";
import type { Call, Method } from "./call.ts";
import { invalid, noteProblems, surroundings } from "./message.ts";

/** Null when Slack takes this view of that type. */
export const refuseView = (
  workspace: Workspace,
  installation: Installation,
  view: Body,
  type: "modal" | "home",
): Answer | null => {
  if (isViewTooLarge(view)) return refuse("view_too_large");
  const problems = [
    ...(view.type === type ? [] : [`must be ${type} [json-pointer:/view/type]`]),
    ...checkView(view, surroundings(workspace, installation)),
  ];
  for (const token of liveTokens(workspace, "", view))
    workspace.violations.push(`a view with ${blame(workspace, token)}`);
  if (problems.length === 0) return null;
  noteProblems(workspace, problems);
  return invalid("invalid_arguments", problems);
};

const shown = (workspace: Workspace, opened: OpenView): Answer =>
  ok({ view: viewObject(workspace, opened) });

const open =
  (pushes: boolean) =>
  ({ workspace, installation, body }: Call): Answer => {
    const view = objectOf(body.view);
    // The trigger is looked at first: an expired one stays expired however the view looks.
    const trigger = workspace.triggers.use(textOf(body.trigger_id));
    if (typeof trigger === "string") return refuse(trigger);
    if (pushes && trigger.viewId === null) return refuse("invalid_trigger_id");
    const refused = refuseView(workspace, installation, view, "modal");
    if (refused) return refused;
    if (workspace.externalIds.has(textOf(view.external_id))) return refuse("duplicate_external_id");
    if (!pushes && stackOf(workspace, trigger.user).length > 0)
      workspace.violations.push("views.open over a modal that is open");
    const opened = pushView(workspace, trigger.user, trigger.team, view, trigger.channel ?? null);
    return typeof opened === "string" ? refuse(opened) : shown(workspace, opened);
  };

const wrongHash = (opened: OpenView, body: Body): boolean =>
  body.hash !== undefined && body.hash !== "" && body.hash !== opened.hash;

const update = ({ workspace, installation, body }: Call): Answer => {
  const view = objectOf(body.view);
  const opened = [...workspace.views, ...workspace.homes.values()].find((one) =>
    body.view_id === undefined
      ? one.view.external_id !== undefined && one.view.external_id === body.external_id
      : one.id === body.view_id,
  );
  if (!opened || opened.team !== installation.team) return refuse("not_found");
  if (wrongHash(opened, body)) return refuse("hash_conflict");
  const type = opened.view.type === "home" ? "home" : "modal";
  const refused = refuseView(workspace, installation, view, type);
  if (refused) return refused;
  replaceView(workspace, opened, view);
  return shown(workspace, opened);
};

const publish = ({ workspace, installation, body }: Call): Answer => {
  const user = textOf(body.user_id);
  const view = objectOf(body.view);
  if (!workspace.manifest.home) return refuse("not_enabled");
  if (!workspace.people.has(user)) return refuse("user_not_found");
  const refused = refuseView(workspace, installation, view, "home");
  if (refused) return refused;
  const before = workspace.homes.get(user);
  if (before && wrongHash(before, body)) return refuse("hash_conflict");
  if (before) replaceView(workspace, before, view);
  const opened = before ?? createView(workspace, user, installation.team, view, null);
  workspace.homes.set(user, opened);
  workspace.activity.note(`user:${user}`);
  return shown(workspace, opened);
};

export const VIEW_METHODS: Readonly<Record<string, Method>> = {
  "views.open": { scopes: [], tier: 100, run: open(false) },
  "views.push": { scopes: [], tier: 100, run: open(true) },
  "views.update": { scopes: [], tier: 100, run: update },
  "views.publish": { scopes: [], tier: 100, run: publish },
};
