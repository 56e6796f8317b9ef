import { type Body, listOf, objectOf, textOf } from "./answer.ts";
import { addChannel } from "./channels.ts";
import { stateValue } from "./form.ts";
import { ANSWER_MS, createHands, dialogText } from "./hands.ts";
import { findChoice } from "./options.ts";
import { addPerson } from "./people.ts";
import { findUsable, type Shown, screenText, type Usable } from "./screen.ts";
import type { FakeSlack } from "./server.ts";
import { createFormActions, type FormActions } from "./user-form.ts";
import { createTalkActions, type TalkActions } from "./user-talk.ts";
import { stackOf } from "./views.ts";
import type { OpenView, Person } from "./workspace.ts";

export interface UserOptions {
  /** Where they look; by default C1. They are in it unless `joins` is false. */
  readonly channel?: string;
  readonly joins?: boolean;
  /** How long after a click they wait for something to show, in real milliseconds (10,000). */
  readonly answerMs?: number;
  /** What `users.info` says of them. */
  readonly account?: Partial<Omit<Person, "id">>;
}

interface On {
  /** A text in the same block or message, where several look alike. */
  readonly near?: string;
  /** A screen as it was when `screenshot` was taken: a stale click. */
  readonly on?: readonly Shown[];
}

/** A person at a screen: finds things by what is read there, and can use only what is there now. */
export interface FakeUser extends FormActions, TalkActions {
  readonly id: string;
  /** Presses a button by its text or its label for screen readers, on the newest thing that has it. */
  readonly click: (label: string, on?: On) => Promise<void>;
  /** Chooses an entry of an overflow menu, or of a menu recognised by what is read at it. */
  readonly choose: (option: string, menu?: string, on?: On) => Promise<void>;
  /** Confirms the dialog that the last click opened; nothing is sent before. */
  readonly confirm: () => Promise<void>;
  readonly dismiss: () => void;
  /** The words of that dialog. */
  readonly dialog: () => string;
  /** Keeps what is on the screen now, for a click on something that has changed since. */
  readonly screenshot: () => readonly Shown[];
  /** All that is to be read now. */
  readonly text: () => string;
  /** Resolves once this is to be read; throws after `ms`. */
  readonly sees: (text: string, ms?: number) => Promise<void>;
  /** The modal on top. */
  readonly view: () => OpenView | null;
  /** What the client itself said last (no answer, trouble connecting). */
  readonly notice: () => string;
  readonly lastEphemeral: () => string;
}

const LOOK_MS = 20;
const PATIENCE_MS = 15_000;

const overflowHas = ({ element }: Usable, option: string): boolean =>
  element.type === "overflow" &&
  listOf(element.options).some((one) => objectOf(objectOf(one).text).text === option);

/** A person of the workspace and their client; made for the same id twice, it is the same person. */
export const createUser = (slack: FakeSlack, id: string, options: UserOptions = {}): FakeUser => {
  const { workspace } = slack;
  const channel = options.channel ?? "C1";
  if (!workspace.channels.has(channel)) addChannel(workspace, channel);
  addPerson(workspace, id, options.joins === false ? [] : [channel], options.account);
  const hands = createHands(slack, id, { channel }, options.answerMs ?? ANSWER_MS);
  const form = createFormActions(hands);
  const text = () => screenText(hands.screen());

  return {
    id,
    ...form,
    ...createTalkActions(hands),
    click: async (label, { near, on } = {}) => {
      const usable = findUsable(
        on ?? hands.screen(),
        `a button "${label}"`,
        ({ element, words }) =>
          ["button", "icon_button"].includes(textOf(element.type)) &&
          (objectOf(element.text).text === label || words.includes(label)),
        near,
      );
      const { value, url } = usable.element;
      const result: Body = {
        ...(value === undefined ? {} : { value }),
        ...(url === undefined ? {} : { url }),
      };
      await hands.press(usable, result, `a click on "${label}"`);
    },
    choose: async (option, menu, { near, on } = {}) => {
      const usable = findUsable(
        on ?? hands.screen(),
        menu === undefined ? `a menu with "${option}"` : `a menu "${menu}"`,
        (one) =>
          menu === undefined
            ? overflowHas(one, option)
            : one.words.includes(menu) && one.element.type !== "button",
        near,
      );
      if (menu !== undefined && usable.shown.viewId !== null && usable.element.type !== "overflow")
        return form.pick(menu, option);
      const chosen = await findChoice(hands, usable, option);
      const { type: _, ...result } = stateValue(usable.element, chosen);
      await hands.press(usable, result, `choosing "${option}"`);
    },
    confirm: hands.confirm,
    dismiss: () => {
      hands.state.pending = null;
    },
    dialog: () => dialogText(hands),
    screenshot: hands.screen,
    text,
    sees: async (wanted, ms = PATIENCE_MS) => {
      const end = performance.now() + ms;
      while (!text().includes(wanted)) {
        if (performance.now() > end)
          throw new Error(`${id} never sees "${wanted}"; on the screen is:\n${text()}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    view: () => stackOf(workspace, id).at(-1) ?? null,
    notice: () => hands.state.notice,
    lastEphemeral: () =>
      workspace.ephemerals.findLast((one) => one.user === id && !one.gone)?.text ?? "",
  };
};
