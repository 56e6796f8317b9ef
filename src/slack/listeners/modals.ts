import type { App } from "@slack/bolt";
import { isProductError, messageOf } from "../../lib/errors.ts";
import { tell } from "../answer.ts";
import { type Asker, askerOf } from "../asker.ts";
import type { ModalView } from "../blocks/slack-types.ts";
import type { SlackDeps } from "../deps.ts";
import { ALL_MODALS } from "../modals/catalog.ts";
import type { Modal, Submitted } from "../modals/define.ts";
import { notice, withAlert } from "../modals/form.ts";
import { callbackOf } from "../modals/names.ts";
import { readValues } from "../modals/values.ts";
import { errorWords } from "../words.ts";
import { type PayloadView, readInteraction, readView, teamOf } from "./payload.ts";

// Slack gives up after three seconds; what takes longer goes on behind a view that says so.
const PATIENCE_MS = 1_500;

interface Open {
  readonly deps: SlackDeps;
  readonly modal: Modal;
  readonly asker: Asker;
  readonly payload: PayloadView;
}

/** An error as the modal shows it: under its field, else on top; what was typed stays either way. */
const refused = ({ asker, deps, modal, payload }: Open, error: unknown): Submitted => {
  const words = errorWords(error, asker.reference);
  if (!isProductError(error) || error.kind === "bug")
    deps.log.error("a modal failed", {
      modal: modal.name,
      ref: asker.reference,
      error: messageOf(error),
    });
  return modal.errorField === null
    ? { kind: "view", view: withAlert(payload.view, words) }
    : { kind: "errors", errors: { [modal.errorField]: words } };
};

const submit = async (open: Open): Promise<Submitted> => {
  const { asker, deps, modal, payload } = open;
  try {
    return await modal.submit(deps, asker, {
      state: payload.state,
      values: readValues(payload.values),
      view: payload.view,
      viewId: payload.id,
    });
  } catch (error) {
    return refused(open, error);
  }
};

/** The view that takes the place of "working": what came of it, or the form again with what is wrong on top. */
const lateView = ({ modal, payload }: Open, result: Submitted): ModalView => {
  if (result.kind === "view") return result.view;
  if (result.kind === "errors")
    return withAlert(payload.view, Object.values(result.errors).join(" "));
  return notice(modal.name, "Done", result.said?.text ?? "Done.", "success");
};

type Ack = (response?: {
  readonly response_action: "errors" | "update";
  readonly errors?: Readonly<Record<string, string>>;
  readonly view?: ModalView;
}) => Promise<void>;

const answer = async ({ asker, deps }: Open, result: Submitted, ack: Ack): Promise<void> => {
  switch (result.kind) {
    case "errors":
      return ack({ response_action: "errors", errors: result.errors });
    case "view":
      return ack({ response_action: "update", view: result.view });
    default:
      await ack();
      if (result.said) await tell(deps, asker, result.said);
  }
};

const working = (modal: Modal): ModalView =>
  notice(modal.name, "Working", "This takes a moment. You may close this window; it goes on.");

const deal = async (open: Open, ack: Ack): Promise<void> => {
  const { deps, modal, payload } = open;
  const work = submit(open);
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const first = await Promise.race([work, late]);
  if (first) return answer(open, first, ack);
  await ack({ response_action: "update", view: working(modal) });
  const result = await work;
  await deps.port
    .updateView({ id: payload.id, hash: "" }, lateView(open, result))
    .catch((error: unknown) =>
      // The person may have closed it; the words reach them all the same.
      deps.log.info("a view was closed meanwhile", { error: messageOf(error) }),
    );
  if (result.kind === "done" && result.said) await tell(deps, open.asker, result.said);
};

const stateWhere = (
  state: unknown,
): { readonly channel: string | null; readonly threadTs: string | null } => {
  const { at } = (state ?? {}) as { readonly at?: unknown };
  const [channel = "", threadTs = ""] = typeof at === "string" ? at.split("/") : [];
  return { channel: channel || null, threadTs: threadTs || null };
};

const register = (app: App, deps: SlackDeps, modal: Modal): void => {
  app.view(callbackOf(modal.name), async ({ ack, body }) => {
    const interaction = readInteraction(body);
    const payload = readView(body.view);
    const asker = await askerOf(deps, {
      team: teamOf(interaction),
      user: interaction.user.id,
      // A view submission has a trigger of its own, so a second try after errors is another request.
      id: interaction.trigger_id || payload.id,
      trigger: interaction.trigger_id || null,
      ...stateWhere(payload.state),
    });
    await deal({ deps, modal, asker, payload }, ack as unknown as Ack);
  });
};

/** Submissions of every modal: committed inside the acknowledgement where that is quick, else behind a "working" view. */
export const registerModals = (app: App, deps: SlackDeps): void => {
  for (const modal of ALL_MODALS) register(app, deps, modal);
};
