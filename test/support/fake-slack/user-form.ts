import { type Body, listOf, objectOf, textOf } from "./answer.ts";
import { completeFile, createFile, fileObject } from "./files.ts";
import {
  clientRefusal,
  fieldsOf,
  isMany,
  setValue,
  stateOf,
  stateValue,
  typedValue,
  typingRefusal,
} from "./form.ts";
import type { Hands } from "./hands.ts";
import { findChoice } from "./options.ts";
import { commonPayload, findOpened, viewPayload } from "./payloads.ts";
import { applyResponse, TROUBLE } from "./response-action.ts";
import { findUsable, type Usable } from "./screen.ts";
import { closeView, stackOf } from "./views.ts";
import { plant } from "./violations.ts";
import type { OpenView } from "./workspace.ts";

/** What a person does in a modal (or with the inputs of Home). */
export interface FormActions {
  /** Types into the input with this label. Throws when the client would not let it be typed. */
  readonly fill: (label: string, text: string) => Promise<void>;
  /** Chooses in the menu, radio buttons or boxes with this label; a list chooses several. */
  readonly pick: (label: string, option: string | readonly string[]) => Promise<void>;
  /** Puts files into the input with this label. */
  readonly attach: (label: string, files: readonly UserFile[]) => Promise<void>;
  /** Submits the top view and gives the payload of the acknowledgement. Throws when the client refuses to send. */
  readonly submit: () => Promise<unknown>;
  /** Closes the modal as its X does: the top view, or all with `clear_on_close`. */
  readonly close: () => Promise<void>;
  /** Presses the close button of the top view, which goes back to the one below. */
  readonly back: () => Promise<void>;
  /** Words under the fields, by label. */
  readonly errors: () => Readonly<Record<string, string>>;
}

export interface UserFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const fieldNamed = (hands: Hands, label: string): Usable =>
  findUsable(
    hands.screen(),
    `an input "${label}"`,
    ({ words, element }) => words.includes(label) && element.type !== "button",
  );

const openedOf = (hands: Hands, usable: Usable): OpenView => {
  const opened = findOpened(hands.slack.workspace, usable.shown.viewId);
  if (!opened) throw new Error("this is a message, not a form: use choose");
  return opened;
};

// An input tells the app of a change only when it asks for that; everything else with a state does always.
const dispatches = ({ block }: Usable): boolean =>
  block.type !== "input" || block.dispatch_action === true;

const enter = async (hands: Hands, usable: Usable, value: unknown, what: string): Promise<void> => {
  setValue(openedOf(hands, usable), { ...usable, label: "" }, value);
  if (!dispatches(usable)) return;
  const { type: _, ...result } = stateValue(usable.element, value);
  await hands.press(usable, result, what);
};

/** Stores a person's file, as uploading it does. */
export const storeFile = (hands: Hands, { name, bytes }: UserFile) => {
  const { workspace } = hands.slack;
  const file = createFile(workspace, {
    name,
    length: bytes.length,
    author: hands.user,
    team: workspace.team,
  });
  file.bytes = Buffer.from(bytes);
  completeFile(workspace, file, name);
  return file;
};

const fileRefusal = (element: Body, files: readonly UserFile[]): string | null => {
  if (element.type !== "file_input") return "takes no files";
  const max = Number(element.max_files ?? 10);
  if (files.length > max) return `takes at most ${max} files`;
  const types = listOf(element.filetypes).map(textOf);
  const wrong = files.find(
    ({ name }) => types.length > 0 && !types.includes(name.split(".").at(-1) ?? ""),
  );
  return wrong ? `takes no ${wrong.name}` : null;
};

const closeOne = async (hands: Hands, opened: OpenView, cleared: boolean): Promise<void> => {
  const { workspace } = hands.slack;
  const payload = {
    type: "view_closed",
    ...commonPayload(workspace, hands.user),
    view: viewPayload(workspace, opened),
    is_cleared: cleared,
  };
  closeView(workspace, opened);
  if (opened.view.notify_on_close === true)
    hands.note(await hands.slack.deliver("interactive", payload), "closing a view");
};

const submit = async (hands: Hands): Promise<unknown> => {
  const { workspace } = hands.slack;
  const opened = hands.topView();
  if (opened.view.submit === undefined) throw new Error("this view has nothing to submit");
  const refusal = clientRefusal(opened);
  if (refusal !== null) throw new Error(`the client does not send it: ${refusal}`);
  for (const actions of Object.values(stateOf(opened)))
    for (const value of Object.values(actions)) plant(workspace, textOf(value.value));
  const outcome = await hands.slack.deliver("interactive", {
    type: "view_submission",
    ...commonPayload(workspace, hands.user),
    trigger_id: workspace.triggers.create({
      user: hands.user,
      team: workspace.team,
      viewId: opened.id,
    }),
    view: viewPayload(workspace, opened),
    response_urls: [],
  });
  if (!hands.note(outcome, "submitting") || !outcome.acked) {
    hands.state.notice = TROUBLE;
    return undefined;
  }
  const wrong = applyResponse(workspace, opened, outcome.payload);
  if (wrong !== null) {
    hands.state.notice = TROUBLE;
    workspace.violations.push(`a submission answered with ${wrong}`);
  }
  return outcome.payload;
};

export const createFormActions = (hands: Hands): FormActions => {
  const { workspace } = hands.slack;
  return {
    fill: async (label, text) => {
      const usable = fieldNamed(hands, label);
      const refusal = text === "" ? null : typingRefusal(usable.element, text);
      if (refusal !== null) throw new Error(`"${label}" ${refusal}`);
      plant(workspace, text);
      await enter(hands, usable, typedValue(usable.element, text), `filling "${label}"`);
    },
    pick: async (label, option) => {
      const usable = fieldNamed(hands, label);
      const names = typeof option === "string" ? [option] : option;
      const chosen: unknown[] = [];
      for (const name of names) chosen.push(await findChoice(hands, usable, name));
      const many = isMany(textOf(usable.element.type));
      if (!many && chosen.length !== 1) throw new Error(`"${label}" takes one`);
      if (chosen.length > Number(usable.element.max_selected_items ?? 100))
        throw new Error(`"${label}" takes at most ${textOf(usable.element.max_selected_items)}`);
      await enter(hands, usable, many ? chosen : chosen[0], `picking in "${label}"`);
    },
    attach: async (label, files) => {
      const usable = fieldNamed(hands, label);
      const refusal = fileRefusal(usable.element, files);
      if (refusal !== null) throw new Error(`"${label}" ${refusal}`);
      const stored = files.map((file) => storeFile(hands, file));
      const objects = stored.map((file) => fileObject(workspace, file, workspace.address()));
      await enter(hands, usable, objects, `attaching to "${label}"`);
    },
    submit: () => submit(hands),
    close: async () => {
      const top = hands.topView();
      const all = top.view.clear_on_close === true;
      for (const view of all ? stackOf(workspace, hands.user).reverse() : [top])
        await closeOne(hands, view, all);
    },
    back: async () => {
      const top = hands.topView();
      if (stackOf(workspace, hands.user).length < 2) throw new Error("no view lies below");
      await closeOne(hands, top, false);
    },
    errors: () => {
      const opened = hands.topView();
      const labels = new Map(
        fieldsOf(opened.view).map((field) => [
          textOf(field.block.block_id),
          textOf(objectOf(field.block.label).text),
        ]),
      );
      return Object.fromEntries(
        Object.entries(opened.errors).map(([id, words]) => [labels.get(id) ?? id, words]),
      );
    },
  };
};
