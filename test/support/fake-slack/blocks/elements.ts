import { type Body, textOf } from "../answer.ts";
import {
  checkConfirm,
  checkConversationFilter,
  checkDispatchConfig,
  checkImageSource,
  checkInitial,
  checkOptionGroups,
  checkOptions,
  checkText,
} from "./composition.ts";
import {
  type Check,
  checkBoolean,
  checkList,
  checkNumber,
  checkOneOf,
  checkString,
  checkUrl,
  isObject,
  type Report,
  shape,
} from "./report.ts";
import { checkRichText } from "./rich-text.ts";

interface Element {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly check?: Check;
}

const FOCUS = ["focus_on_load"];
const HINT = ["placeholder", ...FOCUS];
const TYPED = ["initial_value", "dispatch_action_config", ...HINT];
const MENU = ["confirm", ...HINT];

const staticOptions: Check = (report, element, at) => {
  if ((element.options === undefined) === (element.option_groups === undefined))
    report.fail(at, "must have either options or option_groups");
  if (element.options !== undefined)
    checkOptions(report, element.options, `${at}/options`, 100, "plain");
  if (element.option_groups !== undefined)
    checkOptionGroups(report, element.option_groups, `${at}/option_groups`);
  checkInitial(report, element, at);
};

const fewOptions: Check = (report, element, at) => {
  checkOptions(report, element.options, `${at}/options`, 10, "any");
  checkInitial(report, element, at);
};

const matches =
  (field: string, pattern: RegExp): Check =>
  (report, element, at) => {
    const value = element[field];
    if (value !== undefined && !pattern.test(textOf(value)))
      report.fail(`${at}/${field}`, "has the wrong format");
  };

const button: Check = (report, element, at) => {
  checkText(report, element.text, `${at}/text`, 75, "plain");
  checkString(report, element.value, `${at}/value`, 2000);
  if (element.url !== undefined) checkUrl(report, element.url, `${at}/url`);
  checkOneOf(report, element.style, `${at}/style`, ["primary", "danger"]);
  checkString(report, element.accessibility_label, `${at}/accessibility_label`, 75);
};

const plainTextInput: Check = (report, element, at) => {
  checkString(report, element.initial_value, `${at}/initial_value`, 3000, 0);
  checkBoolean(report, element.multiline, `${at}/multiline`);
  checkNumber(report, element.min_length, `${at}/min_length`, 0, 3000);
  checkNumber(report, element.max_length, `${at}/max_length`, 1, 3000);
  if (Number(element.min_length ?? 0) > Number(element.max_length ?? 3000))
    report.fail(`${at}/min_length`, "must not be above max_length");
  if (textOf(element.initial_value).length > Number(element.max_length ?? 3000))
    report.fail(`${at}/initial_value`, "must not be longer than max_length");
};

const numberInput: Check = (report, element, at) => {
  checkBoolean(report, element.is_decimal_allowed, `${at}/is_decimal_allowed`);
  for (const field of ["initial_value", "min_value", "max_value"]) {
    const value = element[field];
    if (value === undefined) continue;
    if (typeof value !== "string" || !/^-?\d+(\.\d+)?$/.test(value))
      report.fail(`${at}/${field}`, "must be a number written as a string");
    else if (element.is_decimal_allowed === false && value.includes("."))
      report.fail(`${at}/${field}`, "must be a whole number");
  }
};

const fileInput: Check = (report, element, at) => {
  if (report.surface !== "modal") report.fail(at, "unsupported type: file_input");
  if (report.readsFiles === false) report.fail(at, "file_input needs the scope files:read");
  checkNumber(report, element.max_files, `${at}/max_files`, 1, 10);
  checkList(report, element.filetypes, `${at}/filetypes`, 1, 100).forEach((type, index) => {
    checkString(report, type, `${at}/filetypes/${index}`, 50);
  });
};

const feedback: Check = (report, element, at) => {
  for (const field of ["positive_button", "negative_button"]) {
    const one = shape(
      report,
      element[field],
      `${at}/${field}`,
      ["text", "value"],
      ["accessibility_label"],
    );
    if (!one) continue;
    checkText(report, one.text, `${at}/${field}/text`, 75, "plain");
    checkString(report, one.value, `${at}/${field}/value`, 2000);
    checkString(report, one.accessibility_label, `${at}/${field}/accessibility_label`, 75);
  }
};

const conversations: Check = (report, element, at) => {
  checkConversationFilter(report, element.filter, `${at}/filter`);
  checkBoolean(
    report,
    element.default_to_current_conversation,
    `${at}/default_to_current_conversation`,
  );
};

const richTextInput: Check = (report, element, at) => {
  if (element.initial_value !== undefined)
    checkRichText(report, element.initial_value, `${at}/initial_value`);
};

const many = (element: Element): Element => ({
  ...element,
  optional: [...(element.optional ?? []), "max_selected_items"],
  check: (report, value, at) => {
    element.check?.(report, value, at);
    checkNumber(report, value.max_selected_items, `${at}/max_selected_items`, 1, 100);
  },
});

const CONVERSATIONS: Element = {
  optional: [...MENU, "default_to_current_conversation", "filter"],
  check: conversations,
};

const ELEMENTS: Readonly<Record<string, Element>> = {
  button: {
    required: ["text"],
    optional: ["value", "url", "style", "accessibility_label", "confirm"],
    check: button,
  },
  checkboxes: {
    required: ["options"],
    optional: ["initial_options", "confirm", ...FOCUS],
    check: fewOptions,
  },
  radio_buttons: {
    required: ["options"],
    optional: ["initial_option", "confirm", ...FOCUS],
    check: fewOptions,
  },
  overflow: {
    required: ["options"],
    optional: ["confirm"],
    check: (report, element, at) =>
      checkOptions(report, element.options, `${at}/options`, 5, "overflow"),
  },
  datepicker: {
    optional: ["initial_date", ...MENU],
    check: matches("initial_date", /^\d{4}-\d\d-\d\d$/),
  },
  timepicker: {
    optional: ["initial_time", "timezone", ...MENU],
    check: matches("initial_time", /^\d\d:\d\d$/),
  },
  datetimepicker: {
    optional: ["initial_date_time", "confirm", ...FOCUS],
    check: matches("initial_date_time", /^\d{10}$/),
  },
  static_select: {
    optional: ["options", "option_groups", "initial_option", ...MENU],
    check: staticOptions,
  },
  multi_static_select: many({
    optional: ["options", "option_groups", "initial_options", ...MENU],
    check: staticOptions,
  }),
  external_select: {
    optional: ["initial_option", "min_query_length", ...MENU],
    check: (report, element, at) =>
      checkNumber(report, element.min_query_length, `${at}/min_query_length`, 0, 100),
  },
  multi_external_select: many({ optional: ["initial_options", "min_query_length", ...MENU] }),
  users_select: { optional: ["initial_user", ...MENU] },
  multi_users_select: many({ optional: ["initial_users", ...MENU] }),
  conversations_select: {
    ...CONVERSATIONS,
    optional: [...(CONVERSATIONS.optional ?? []), "initial_conversation", "response_url_enabled"],
  },
  multi_conversations_select: many({
    ...CONVERSATIONS,
    optional: [...(CONVERSATIONS.optional ?? []), "initial_conversations"],
  }),
  channels_select: { optional: ["initial_channel", "response_url_enabled", ...MENU] },
  multi_channels_select: many({ optional: ["initial_channels", ...MENU] }),
  plain_text_input: {
    optional: ["multiline", "min_length", "max_length", ...TYPED],
    check: plainTextInput,
  },
  number_input: {
    required: ["is_decimal_allowed"],
    optional: ["min_value", "max_value", ...TYPED],
    check: numberInput,
  },
  email_text_input: { optional: TYPED },
  url_text_input: { optional: TYPED },
  rich_text_input: { optional: ["min_lines", "max_lines", ...TYPED], check: richTextInput },
  file_input: { optional: ["filetypes", "max_files"], check: fileInput },
  feedback_buttons: { required: ["positive_button", "negative_button"], check: feedback },
  icon_button: {
    required: ["icon", "text"],
    optional: ["accessibility_label", "value", "visible_to_user_ids", "confirm"],
    check: button,
  },
};

export const checkImageElement = (report: Report, value: unknown, at: string): void => {
  if (value === undefined) return;
  const image = shape(report, value, at, ["type", "alt_text"], ["image_url", "slack_file"]);
  if (!image) return;
  checkOneOf(report, image.type, `${at}/type`, ["image"]);
  checkString(report, image.alt_text, `${at}/alt_text`, 2000);
  checkImageSource(report, image, at);
};

/** An element inside a block; `allowed` lists what may stand in that place. Gives its action id. */
export const checkElement = (
  report: Report,
  value: unknown,
  at: string,
  allowed: readonly string[],
): string | null => {
  if (!isObject(value)) {
    report.fail(at, "must be an object");
    return null;
  }
  const type = textOf(value.type);
  const element = ELEMENTS[type];
  if (!allowed.includes(type) || !element) {
    report.fail(`${at}/type`, `unsupported type: ${type}`);
    return null;
  }
  checkFields(report, value, at, element);
  return value.action_id === undefined ? null : textOf(value.action_id);
};

const checkFields = (report: Report, value: Body, at: string, element: Element): void => {
  shape(
    report,
    value,
    at,
    ["type", ...(element.required ?? [])],
    ["action_id", ...(element.optional ?? [])],
  );
  checkString(report, value.action_id, `${at}/action_id`, 255);
  checkConfirm(report, value.confirm, `${at}/confirm`);
  checkText(report, value.placeholder, `${at}/placeholder`, 150, "plain");
  checkBoolean(report, value.focus_on_load, `${at}/focus_on_load`);
  checkDispatchConfig(report, value.dispatch_action_config, `${at}/dispatch_action_config`);
  element.check?.(report, value, at);
};
