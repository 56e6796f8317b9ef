import type { Body } from "../answer.ts";
import {
  checkBoolean,
  checkList,
  checkOneOf,
  checkString,
  checkUrl,
  isObject,
  type Report,
  shape,
} from "./report.ts";

/** A text object of at most `max` characters; `plain` refuses mrkdwn. */
export const checkText = (
  report: Report,
  value: unknown,
  at: string,
  max: number,
  kind: "plain" | "any" = "any",
): void => {
  if (value === undefined) return;
  const text = shape(report, value, at, ["type", "text"], ["emoji", "verbatim"]);
  if (!text) return;
  checkOneOf(
    report,
    text.type,
    `${at}/type`,
    kind === "plain" ? ["plain_text"] : ["plain_text", "mrkdwn"],
  );
  if (text.type === "mrkdwn" && text.emoji !== undefined)
    report.fail(at, "invalid additional property: emoji");
  if (text.type === "plain_text" && text.verbatim !== undefined)
    report.fail(at, "invalid additional property: verbatim");
  checkString(report, text.text, `${at}/text`, max);
};

export const checkConfirm = (report: Report, value: unknown, at: string): void => {
  if (value === undefined) return;
  const confirm = shape(report, value, at, ["title", "text", "confirm", "deny"], ["style"]);
  if (!confirm) return;
  checkText(report, confirm.title, `${at}/title`, 100, "plain");
  checkText(report, confirm.text, `${at}/text`, 300);
  checkText(report, confirm.confirm, `${at}/confirm`, 30, "plain");
  checkText(report, confirm.deny, `${at}/deny`, 30, "plain");
  checkOneOf(report, confirm.style, `${at}/style`, ["primary", "danger"]);
};

const OPTION_TEXT = 75;

const checkOption = (
  report: Report,
  value: unknown,
  at: string,
  kind: "plain" | "any" | "overflow",
): void => {
  const option = shape(
    report,
    value,
    at,
    ["text", "value"],
    ["description", ...(kind === "overflow" ? ["url"] : [])],
  );
  if (!option) return;
  checkText(report, option.text, `${at}/text`, OPTION_TEXT, kind === "any" ? "any" : "plain");
  checkString(report, option.value, `${at}/value`, OPTION_TEXT);
  checkText(
    report,
    option.description,
    `${at}/description`,
    OPTION_TEXT,
    kind === "any" ? "any" : "plain",
  );
  if (option.url !== undefined) checkUrl(report, option.url, `${at}/url`);
};

/** Options of a menu or of a group of buttons: 1..`max`, no value twice. */
export const checkOptions = (
  report: Report,
  value: unknown,
  at: string,
  max: number,
  kind: "plain" | "any" | "overflow",
): void => {
  const options = checkList(report, value, at, 1, max);
  options.forEach((option, index) => {
    checkOption(report, option, `${at}/${index}`, kind);
  });
  const values = options.map((option) => (isObject(option) ? option.value : undefined));
  if (new Set(values).size !== values.length) report.fail(at, "two options have the same value");
};

export const checkOptionGroups = (report: Report, value: unknown, at: string): void => {
  checkList(report, value, at, 1, 100).forEach((item, index) => {
    const group = shape(report, item, `${at}/${index}`, ["label", "options"]);
    if (!group) return;
    checkText(report, group.label, `${at}/${index}/label`, OPTION_TEXT, "plain");
    checkOptions(report, group.options, `${at}/${index}/options`, 100, "plain");
  });
};

const sameOption = (one: unknown, other: unknown): boolean =>
  isObject(one) &&
  isObject(other) &&
  one.value === other.value &&
  JSON.stringify(one.text) === JSON.stringify(other.text);

/** What is chosen at first must be exactly one of the options. */
export const checkInitial = (report: Report, element: Body, at: string): void => {
  const groups = Array.isArray(element.option_groups) ? element.option_groups : [];
  const options: readonly unknown[] = [
    ...(Array.isArray(element.options) ? element.options : []),
    ...groups.flatMap((group) =>
      isObject(group) && Array.isArray(group.options) ? group.options : [],
    ),
  ];
  const chosen = [
    ...(element.initial_option === undefined ? [] : [element.initial_option]),
    ...(Array.isArray(element.initial_options) ? element.initial_options : []),
  ];
  for (const one of chosen)
    if (!options.some((option) => sameOption(option, one)))
      report.fail(at, "the initial option is not one of the options");
};

export const checkDispatchConfig = (report: Report, value: unknown, at: string): void => {
  if (value === undefined) return;
  const config = shape(report, value, at, [], ["trigger_actions_on"]);
  checkList(report, config?.trigger_actions_on, `${at}/trigger_actions_on`, 1, 2).forEach((on) => {
    checkOneOf(report, on, at, ["on_enter_pressed", "on_character_entered"]);
  });
};

/** An image's source: an address, or a file of Slack by id or address, never two of them. */
export const checkImageSource = (report: Report, image: Body, at: string): void => {
  if ((image.image_url === undefined) === (image.slack_file === undefined))
    report.fail(at, "must have either image_url or slack_file");
  if (image.image_url !== undefined) checkUrl(report, image.image_url, `${at}/image_url`);
  if (image.slack_file === undefined) return;
  const file = shape(report, image.slack_file, `${at}/slack_file`, [], ["id", "url"]);
  if (!file) return;
  if ((file.id === undefined) === (file.url === undefined))
    report.fail(`${at}/slack_file`, "must have either id or url");
  if (report.fileReady && !report.fileReady(file))
    report.fail(`${at}/slack_file`, "invalid slack file");
};

export const checkConversationFilter = (report: Report, value: unknown, at: string): void => {
  if (value === undefined) return;
  const filter = shape(
    report,
    value,
    at,
    [],
    ["include", "exclude_external_shared_channels", "exclude_bot_users"],
  );
  if (!filter) return;
  if (Object.keys(filter).length === 0) report.fail(at, "must not be empty");
  checkList(report, filter.include, `${at}/include`, 1, 4).forEach((kind, index) => {
    checkOneOf(report, kind, `${at}/include/${index}`, ["im", "mpim", "private", "public"]);
  });
  checkBoolean(
    report,
    filter.exclude_external_shared_channels,
    `${at}/exclude_external_shared_channels`,
  );
  checkBoolean(report, filter.exclude_bot_users, `${at}/exclude_bot_users`);
};
