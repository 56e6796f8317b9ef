import type { ModalView } from "../blocks/slack-types.ts";
import type { OpenedView, SlackPort } from "../port.ts";
import type { CallApi } from "./api.ts";
import type { ApiBody, ApiOutcome } from "./outcome.ts";
import { errorOfOutcome } from "./refusals.ts";
import type { Replays } from "./replays.ts";

type ViewPort = Pick<SlackPort, "openView" | "pushView" | "updateView">;

const TRIGGER_GONE = new Set(["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"]);
const LACKING = new Set(["invalid_blocks", "invalid_arguments"]);
/** A trigger lives three seconds. */
const PATIENCE_MS = 2_000;
const REMEMBER_MS = 86_400_000;

const opened = (body: ApiBody): OpenedView => {
  const view = (body.view ?? {}) as { readonly id?: unknown; readonly hash?: unknown };
  return { id: String(view.id ?? ""), hash: String(view.hash ?? "") };
};

const hasAlert = ({ blocks }: ModalView): boolean =>
  blocks.some((block) => String(block.type) === "alert");

/** The view with its alerts as plain sections, for a workspace that does not have that block yet. */
const withoutAlerts = (view: ModalView): ModalView => ({
  ...view,
  blocks: view.blocks.map((block) => {
    if (String(block.type) !== "alert") return block;
    const { text } = block as unknown as { readonly text?: { readonly text?: unknown } };
    return { type: "section", text: { type: "plain_text", text: String(text?.text ?? "") } };
  }),
});

interface ViewDeps {
  readonly replays: Pick<Replays, "gone">;
  readonly nowMs: () => number;
}

/** Modals. Opening uses the trigger up, so it is never repeated once Slack has taken it. */
export const createViews = (call: CallApi, { nowMs, replays }: ViewDeps): ViewPort => {
  const alerts = { refusedUntilMs: 0 };
  const show = async (method: string, args: ApiBody, view: ModalView): Promise<ApiOutcome> => {
    const manner = { priority: 0, patienceMs: PATIENCE_MS } as const;
    const send = (form: ModalView) => call(method, { ...args, view: form }, manner);
    if (!hasAlert(view)) return send(view);
    if (nowMs() < alerts.refusedUntilMs) return send(withoutAlerts(view));
    const outcome = await send(view);
    if (outcome.kind !== "refused" || !LACKING.has(outcome.code)) return outcome;
    const plainer = await send(withoutAlerts(view));
    if (plainer.kind === "ok") alerts.refusedUntilMs = nowMs() + REMEMBER_MS;
    return plainer;
  };
  const open = async (method: string, trigger: string, view: ModalView): Promise<OpenedView> => {
    const outcome = await show(method, { trigger_id: trigger }, view);
    if (outcome.kind === "ok") return opened(outcome.body);
    if (outcome.kind === "refused" && TRIGGER_GONE.has(outcome.code)) throw replays.gone(trigger);
    throw errorOfOutcome(method, outcome);
  };
  return {
    openView: (trigger, view) => open("views.open", trigger, view),
    pushView: (trigger, view) => open("views.push", trigger, view),
    updateView: async ({ hash, id }, view) => {
      const args = { view_id: id, ...(hash === "" ? {} : { hash }) };
      const outcome = await show("views.update", args, view);
      if (outcome.kind === "ok") return opened(outcome.body);
      throw errorOfOutcome("views.update", outcome);
    },
  };
};
