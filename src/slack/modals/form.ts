import { plain } from "../blocks/elements.ts";
import type {
  InputElement,
  KnownBlock,
  ModalView,
  PlainTextOption,
} from "../blocks/slack-types.ts";
import { cut } from "../escape.ts";
import { LIMITS } from "../limits.ts";
import { callbackOf, type ModalName } from "./names.ts";

interface FieldOptions {
  readonly optional?: boolean;
  readonly hint?: string;
  /** Tells the app at once when the value changes. */
  readonly dispatch?: boolean;
}

/** An input whose block and action carry the field's name, so that values and errors are found by it. */
export const field = (
  name: string,
  label: string,
  element: InputElement,
  { dispatch = false, hint, optional = false }: FieldOptions = {},
): KnownBlock => ({
  type: "input",
  block_id: name,
  label: plain(label, LIMITS.label),
  element: { ...element, action_id: name },
  optional,
  ...(dispatch ? { dispatch_action: true } : {}),
  ...(hint === undefined ? {} : { hint: plain(hint, LIMITS.hint) }),
});

export const textInput = (
  options: {
    readonly multiline?: boolean;
    readonly max?: number;
    readonly initial?: string;
    readonly placeholder?: string;
  } = {},
): InputElement => ({
  type: "plain_text_input",
  multiline: options.multiline ?? false,
  max_length: options.max ?? LIMITS.comment,
  ...(options.initial
    ? { initial_value: cut(options.initial, options.max ?? LIMITS.comment) }
    : {}),
  ...(options.placeholder ? { placeholder: plain(options.placeholder, LIMITS.placeholder) } : {}),
});

const initialOf = (
  options: readonly PlainTextOption[],
  initial: string | undefined,
): { readonly initial_option?: PlainTextOption } => {
  const found = options.find((one) => one.value === initial);
  return found ? { initial_option: found } : {};
};

export const selectInput = (
  options: readonly PlainTextOption[],
  initial?: string,
): InputElement => ({
  type: "static_select",
  options: options.slice(0, 100),
  ...initialOf(options, initial),
});

export const radioInput = (
  options: readonly PlainTextOption[],
  initial?: string,
): InputElement => ({
  type: "radio_buttons",
  options: options.slice(0, 10),
  ...initialOf(options, initial),
});

/** Several of at most ten. */
export const checkboxInput = (options: readonly PlainTextOption[]): InputElement => ({
  type: "checkboxes",
  options: options.slice(0, 10),
});

export const numberInput = (initial?: number, min = 0): InputElement => ({
  type: "number_input",
  is_decimal_allowed: true,
  min_value: String(min),
  ...(initial === undefined ? {} : { initial_value: String(initial) }),
});

/** A warning at the head of a modal. */
export const alert = (
  text: string,
  level: "info" | "warning" | "error" | "success" = "warning",
): KnownBlock => ({ type: "alert", level, text: plain(text, LIMITS.alert) });

interface ViewParts {
  readonly name: ModalName;
  readonly title: string;
  readonly submit: string | null;
  /** Ids and revisions, never what people typed or data. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly blocks: readonly KnownBlock[];
  readonly close?: string;
}

/** A modal in Slack's form. */
export const modal = ({
  blocks,
  close = "Close",
  name,
  state,
  submit,
  title,
}: ViewParts): ModalView => ({
  type: "modal",
  callback_id: callbackOf(name),
  private_metadata: JSON.stringify(state).slice(0, LIMITS.metadata),
  title: plain(title, LIMITS.viewTitle),
  ...(submit === null ? {} : { submit: plain(submit, LIMITS.viewTitle) }),
  close: plain(close, LIMITS.viewTitle),
  blocks: blocks.slice(0, LIMITS.viewBlocks),
});

/** A modal that only says something. */
export const notice = (
  name: ModalName,
  title: string,
  text: string,
  level: "info" | "warning" | "error" | "success" = "info",
): ModalView =>
  modal({
    name,
    title,
    submit: null,
    state: {},
    blocks: [
      ...(text.length <= LIMITS.alert ? [alert(text, level)] : []),
      ...(text.length > LIMITS.alert
        ? [{ type: "section" as const, text: plain(text, LIMITS.section) }]
        : []),
    ],
  });

/** The same modal with another warning on top; what was typed stays, because its inputs keep their names. */
export const withAlert = (view: ModalView, text: string): ModalView => ({
  ...view,
  blocks: [alert(text, "error"), ...view.blocks.filter((block) => block.type !== "alert")].slice(
    0,
    LIMITS.viewBlocks,
  ),
});
