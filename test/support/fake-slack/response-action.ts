import { type Body, objectOf, textOf } from "./answer.ts";
import { refuseView } from "./api/views.ts";
import { fieldsOf } from "./form.ts";
import { closeView, pushView, replaceView, stackOf } from "./views.ts";
import type { OpenView, Workspace } from "./workspace.ts";

/** What a person reads when a submission was not answered as Slack wants it. */
export const TROUBLE = "We had some trouble connecting. Try again?";

const showErrors = (opened: OpenView, errors: Body): string | null => {
  const inputs = new Set(
    fieldsOf(opened.view)
      .filter((field) => field.block.type === "input")
      .map((field) => textOf(field.block.block_id)),
  );
  const ids = Object.keys(errors);
  if (ids.length === 0) return "errors without any field";
  const unknown = ids.find((id) => !inputs.has(id));
  if (unknown !== undefined) return `errors for the block_id ${unknown}, which no input has`;
  if (Object.values(errors).some((words) => typeof words !== "string" || words === ""))
    return "errors without words";
  opened.errors = Object.fromEntries(ids.map((id) => [id, textOf(errors[id])]));
  return null;
};

const showView = (
  workspace: Workspace,
  opened: OpenView,
  given: unknown,
  pushes: boolean,
): string | null => {
  const installation = workspace.installations.get(workspace.botToken);
  const view = objectOf(given);
  if (!installation || refuseView(workspace, installation, view, "modal"))
    return "a view that Slack refuses";
  if (!pushes) replaceView(workspace, opened, view);
  else if (typeof pushView(workspace, opened.user, opened.team, view) === "string")
    return "a fourth view on the stack";
  return null;
};

/**
 * Does what the acknowledgement of a submission asks: `errors`, `update`, `push`, `clear`, or nothing, which closes the
 * view. Gives what is wrong with it, or null; the person then reads `TROUBLE` and the view stays.
 */
export const applyResponse = (
  workspace: Workspace,
  opened: OpenView,
  payload: unknown,
): string | null => {
  const body = objectOf(payload);
  opened.errors = {};
  workspace.activity.note(`user:${opened.user}`);
  switch (body.response_action) {
    case undefined:
      if (Object.keys(body).length > 0) return "a body that Slack does not know";
      closeView(workspace, opened);
      return null;
    case "errors":
      return showErrors(opened, objectOf(body.errors));
    case "update":
      return showView(workspace, opened, body.view, false);
    case "push":
      return showView(workspace, opened, body.view, true);
    case "clear":
      for (const one of stackOf(workspace, opened.user)) closeView(workspace, one);
      return null;
    default:
      return `the response_action ${textOf(body.response_action)}`;
  }
};
