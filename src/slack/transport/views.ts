import type { OpenedView, SlackPort } from "../port.ts";
import { bodyOf, type CallApi } from "./api.ts";
import type { ApiBody } from "./outcome.ts";

type ViewPort = Pick<SlackPort, "openView" | "pushView" | "updateView" | "publishHome">;

const opened = (body: ApiBody): OpenedView => {
  const view = (body.view ?? {}) as { readonly id?: unknown; readonly hash?: unknown };
  return { id: String(view.id ?? ""), hash: String(view.hash ?? "") };
};

/** Modals and Home. An opening uses its trigger up, so it is never repeated. */
export const createViews = (call: CallApi): ViewPort => ({
  openView: async (trigger, view) =>
    opened(await bodyOf(call, "views.open", { trigger_id: trigger, view })),
  pushView: async (trigger, view) =>
    opened(await bodyOf(call, "views.push", { trigger_id: trigger, view })),
  updateView: async ({ hash, id }, view) =>
    opened(
      await bodyOf(call, "views.update", { view_id: id, ...(hash === "" ? {} : { hash }), view }),
    ),
  publishHome: async (user, view) => {
    await bodyOf(call, "views.publish", { user_id: user, view });
  },
});
