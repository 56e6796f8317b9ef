import { type Body, objectOf, textOf } from "./answer.ts";
import { blockActions } from "./payloads.ts";
import { type Place, type Shown, screenOf, type Usable } from "./screen.ts";
import type { FakeSlack } from "./server.ts";
import type { Outcome } from "./transport.ts";
import { stackOf } from "./views.ts";
import type { OpenView } from "./workspace.ts";

/** A click must have shown something within this time of the real clock; generous, because machines are loaded. */
export const ANSWER_MS = 10_000;

/** What a person does next with a confirmation dialog open. */
interface Pending {
  readonly usable: Usable;
  readonly result: Body;
  readonly what: string;
}

/** A person at a client: where they look, what waits for their confirmation, what the client last told them. */
export interface Hands {
  readonly slack: FakeSlack;
  readonly user: string;
  readonly state: { place: Place; pending: Pending | null; notice: string };
  readonly screen: () => Shown[];
  /** The modal on top, or an error: nobody can fill what is not there. */
  readonly topView: () => OpenView;
  /** Throws when a modal covers what the person wants to use. */
  readonly needNoModal: (what: string) => void;
  /** Uses an element: asks first where it has a dialog, then sends, and waits until something shows. */
  readonly press: (usable: Usable, result: Body, what: string) => Promise<void>;
  /** Sends what waits for the confirmation. */
  readonly confirm: () => Promise<void>;
  readonly note: (outcome: Outcome, what: string) => boolean;
}

/** Places in which an answer to this element would be seen. */
const placesOf = (user: string, { shown }: Usable): string[] => [
  `user:${user}`,
  `channel:D${user}`,
  ...(shown.ts === null ? [] : [`thread:${shown.channel}/${shown.threadTs ?? shown.ts}`]),
];

// Typing into a field or choosing in it is an answer to itself; only buttons and overflow menus owe one.
const owesAnswer = ({ block, element }: Usable): boolean =>
  block.type !== "input" &&
  element.url === undefined &&
  ["button", "overflow", "icon_button", "feedback_buttons"].includes(textOf(element.type));

export const createHands = (
  slack: FakeSlack,
  user: string,
  place: Place,
  answerMs: number,
): Hands => {
  const { workspace } = slack;
  const state: Hands["state"] = { place, pending: null, notice: "" };
  const note = (outcome: Outcome, what: string): boolean => {
    if (outcome.acked) return true;
    state.notice = `${what} did not work: ${outcome.reason}`;
    workspace.violations.push(`${what} without acknowledgement (${outcome.reason})`);
    return false;
  };
  const send = async ({ usable, result, what }: Pending): Promise<void> => {
    if (!workspace.manifest.interactive) throw new Error("the manifest switches interactivity off");
    const places = placesOf(user, usable);
    const before = workspace.activity.count(places);
    const payload = blockActions(workspace, user, usable, result);
    const acked = note(await slack.deliver("interactive", payload), what);
    if (!acked || !owesAnswer(usable)) return;
    if (!(await workspace.activity.changed(places, before, answerMs)))
      workspace.violations.push(`nothing was shown after ${what}`);
  };
  return {
    slack,
    user,
    state,
    note,
    screen: () => screenOf(workspace, user, state.place),
    topView: () => {
      const top = stackOf(workspace, user).at(-1);
      if (!top) throw new Error(`no view is open for ${user}`);
      return top;
    },
    needNoModal: (what) => {
      if (stackOf(workspace, user).length > 0) throw new Error(`a modal covers ${what}`);
    },
    press: async (usable, result, what) => {
      const pending = { usable, result, what };
      if (usable.element.confirm === undefined) return send(pending);
      state.pending = pending;
    },
    confirm: async () => {
      const { pending } = state;
      if (!pending) throw new Error("no dialog asks for a confirmation");
      state.pending = null;
      await send(pending);
    },
  };
};

/** The words of the dialog that waits, or "". */
export const dialogText = ({ state }: Hands): string => {
  const confirm = objectOf(state.pending?.usable.element.confirm);
  return [confirm.title, confirm.text, confirm.confirm, confirm.deny]
    .flatMap((part) => (part === undefined ? [] : [textOf(objectOf(part).text)]))
    .join("\n");
};
