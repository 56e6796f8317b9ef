import { type Body, listOf, objectOf, textOf } from "./answer.ts";
import type { OpenView } from "./workspace.ts";

/** What a person's client knows of one input: its block, its element, its label. */
export interface Field {
  readonly block: Body;
  readonly element: Body;
  readonly label: string;
}

const CHOSEN: Readonly<Record<string, readonly [string, string]>> = {
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  users_select: ["selected_user", "initial_user"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  checkboxes: ["selected_options", "initial_options"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_external_select: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  plain_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  rich_text_input: ["rich_text_value", "initial_value"],
  file_input: ["files", ""],
  overflow: ["selected_option", ""],
};

export const isMany = (type: string): boolean =>
  type === "checkboxes" || type === "file_input" || type.startsWith("multi_");

/** The state entry of an element that holds `value`. */
export const stateValue = (element: Body, value: unknown): Body => {
  const type = textOf(element.type);
  const [key] = CHOSEN[type] ?? ["value"];
  return { type, [key]: value };
};

const initialValue = (element: Body, channel: string | null): Body | null => {
  const type = textOf(element.type);
  const names = CHOSEN[type];
  if (!names) return null;
  const current = element.default_to_current_conversation === true ? channel : null;
  if (current !== null && element.initial_conversation === undefined && !isMany(type))
    return stateValue(element, current);
  return stateValue(element, element[names[1]] ?? (isMany(type) ? [] : null));
};

/** All inputs of a view and the menus beside them: everything that has a state. */
export const fieldsOf = (view: Body): Field[] =>
  listOf(view.blocks)
    .map(objectOf)
    .flatMap((block) => {
      const elements =
        block.type === "input"
          ? [block.element]
          : [...listOf(block.type === "actions" ? block.elements : []), block.accessory];
      return elements
        .map(objectOf)
        .filter(
          (element) => element.type !== "overflow" && CHOSEN[textOf(element.type)] !== undefined,
        )
        .map((element) => ({
          block,
          element,
          label: textOf(objectOf(block.label).text ?? objectOf(element.placeholder).text),
        }));
    });

/** What stands in a field now: typed, or what it began with. */
export const fieldValue = (opened: OpenView, { block, element }: Field): Body =>
  opened.values.get(textOf(block.block_id))?.get(textOf(element.action_id)) ??
  initialValue(element, opened.channel) ??
  {};

export const setValue = (opened: OpenView, { block, element }: Field, value: unknown): void => {
  const id = textOf(block.block_id);
  const actions = opened.values.get(id) ?? new Map<string, Body>();
  actions.set(textOf(element.action_id), stateValue(element, value));
  opened.values.set(id, actions);
};

/** `view.state.values`: every field of the view, whether somebody touched it or not. */
export const stateOf = (opened: OpenView): Readonly<Record<string, Record<string, Body>>> => {
  const values: Record<string, Record<string, Body>> = {};
  for (const field of fieldsOf(opened.view)) {
    const id = textOf(field.block.block_id);
    values[id] = { ...values[id], [textOf(field.element.action_id)]: fieldValue(opened, field) };
  }
  return values;
};

const isEmpty = (value: Body): boolean => {
  const held = Object.entries(value).find(([key]) => key !== "type")?.[1];
  return (
    held === null || held === undefined || held === "" || (Array.isArray(held) && held.length === 0)
  );
};

/** What the client says before it sends anything: required fields, minimum lengths. Null when all is well. */
export const clientRefusal = (opened: OpenView): string | null => {
  for (const field of fieldsOf(opened.view)) {
    if (field.block.type !== "input") continue;
    const value = fieldValue(opened, field);
    if (isEmpty(value)) {
      if (field.block.optional !== true) return `"${field.label}" is required`;
    } else if (textOf(value.value).length < Number(field.element.min_length ?? 0))
      return `"${field.label}" needs at least ${textOf(field.element.min_length)} characters`;
  }
  return null;
};

const numberRefusal = (element: Body, text: string): string | null => {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return "takes a number";
  if (element.is_decimal_allowed !== true && text.includes(".")) return "takes a whole number";
  if (element.min_value !== undefined && Number(text) < Number(element.min_value))
    return `must be at least ${textOf(element.min_value)}`;
  if (element.max_value !== undefined && Number(text) > Number(element.max_value))
    return `must be at most ${textOf(element.max_value)}`;
  return null;
};

const PATTERNS: Readonly<Record<string, readonly [RegExp, string]>> = {
  email_text_input: [/^\S+@\S+\.\S+$/, "takes an e-mail address"],
  url_text_input: [/^https?:\/\/\S+$/, "takes an address"],
  datepicker: [/^\d{4}-\d\d-\d\d$/, "takes a date"],
  timepicker: [/^\d\d:\d\d$/, "takes a time"],
  datetimepicker: [/^\d{10}$/, "takes a date and time"],
};

/** Why a client would not let this be typed here; null when it would. */
export const typingRefusal = (element: Body, text: string): string | null => {
  const type = textOf(element.type);
  if (type === "number_input") return numberRefusal(element, text);
  const pattern = PATTERNS[type];
  if (pattern) return pattern[0].test(text) ? null : pattern[1];
  if (type === "rich_text_input") return null;
  if (type !== "plain_text_input") return "is not typed into";
  const max = Number(element.max_length ?? 3000);
  if (text.length > max) return `holds at most ${max} characters`;
  return element.multiline !== true && text.includes("\n") ? "holds one line" : null;
};

/** What typing `text` leaves in the field. */
export const typedValue = (element: Body, text: string): unknown => {
  if (text === "") return null;
  if (element.type === "datetimepicker") return Number(text);
  if (element.type !== "rich_text_input") return text;
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
  };
};
