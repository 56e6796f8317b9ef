import { checkChart } from "./chart.ts";
import { checkImageSource, checkText } from "./composition.ts";
import { checkElement, checkImageElement } from "./elements.ts";
import { CARD_FIELDS, checkCard, checkPlan } from "./plan.ts";
import {
  type Check,
  checkBoolean,
  checkList,
  checkOneOf,
  checkString,
  isObject,
  type Report,
  type Surface,
} from "./report.ts";
import { checkRichText } from "./rich-text.ts";
import { checkDataTable, checkTable } from "./tables.ts";

export interface BlockType {
  readonly surfaces: readonly Surface[];
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly check?: Check;
}

const EVERYWHERE: readonly Surface[] = ["message", "modal", "home"];
const MESSAGE: readonly Surface[] = ["message"];

const SELECTS = ["static", "external", "users", "conversations", "channels"].flatMap((kind) => [
  `${kind}_select`,
  `multi_${kind}_select`,
]);
const CHOICES = ["checkboxes", "radio_buttons", "datepicker", "timepicker", ...SELECTS];
const IN_SECTION = ["button", "overflow", ...CHOICES];
const IN_ACTIONS = ["button", "overflow", "datetimepicker", "rich_text_input", ...CHOICES];
const IN_INPUT = [
  "datetimepicker",
  "email_text_input",
  "file_input",
  "number_input",
  "plain_text_input",
  "rich_text_input",
  "url_text_input",
  ...CHOICES,
];

const noIdTwice = (report: Report, ids: readonly (string | null)[], at: string): void => {
  const given = ids.filter((id) => id !== null);
  if (new Set(given).size !== given.length)
    report.fail(at, "an action_id is used twice in this block");
};

const section: Check = (report, block, at) => {
  if (block.text === undefined && block.fields === undefined)
    report.fail(at, "must have text or fields");
  checkText(report, block.text, `${at}/text`, 3000);
  checkList(report, block.fields, `${at}/fields`, 1, 10).forEach((field, index) => {
    checkText(report, field, `${at}/fields/${index}`, 2000);
  });
  checkBoolean(report, block.expand, `${at}/expand`);
  if (block.accessory === undefined) return;
  if (isObject(block.accessory) && block.accessory.type === "image")
    checkImageElement(report, block.accessory, `${at}/accessory`);
  else checkElement(report, block.accessory, `${at}/accessory`, IN_SECTION);
};

const actions =
  (max: number, allowed: readonly string[]): Check =>
  (report, block, at) => {
    const ids = checkList(report, block.elements, `${at}/elements`, 1, max).map((element, index) =>
      checkElement(report, element, `${at}/elements/${index}`, allowed),
    );
    noIdTwice(report, ids, `${at}/elements`);
  };

const context: Check = (report, block, at) => {
  checkList(report, block.elements, `${at}/elements`, 1, 10).forEach((element, index) => {
    const place = `${at}/elements/${index}`;
    if (isObject(element) && element.type === "image") checkImageElement(report, element, place);
    else checkText(report, element, place, 3000);
  });
};

const input: Check = (report, block, at) => {
  checkText(report, block.label, `${at}/label`, 2000, "plain");
  checkText(report, block.hint, `${at}/hint`, 2000, "plain");
  checkBoolean(report, block.optional, `${at}/optional`);
  checkBoolean(report, block.dispatch_action, `${at}/dispatch_action`);
  checkElement(report, block.element, `${at}/element`, IN_INPUT);
};

const image: Check = (report, block, at) => {
  checkString(report, block.alt_text, `${at}/alt_text`, 2000);
  checkText(report, block.title, `${at}/title`, 2000, "plain");
  checkImageSource(report, block, at);
};

const card: Check = (report, block, at) => {
  checkImageElement(report, block.hero_image, `${at}/hero_image`);
  checkImageElement(report, block.icon, `${at}/icon`);
  checkText(report, block.title, `${at}/title`, 150);
  checkText(report, block.subtitle, `${at}/subtitle`, 150);
  checkText(report, block.body, `${at}/body`, 200);
  if (["hero_image", "title", "actions", "body"].every((field) => block[field] === undefined))
    report.fail(at, "must have hero_image, title, actions or body");
  checkList(report, block.actions, `${at}/actions`, 1, 25).forEach((element, index) => {
    checkElement(report, element, `${at}/actions/${index}`, ["button"]);
  });
};

/**
 * Every block type, where it may stand and what it must hold: docs.slack.dev/blocks.json (surfaces), @slack/types 3.2.0
 * (fields), slack.md §2.1 (limits). `file` is left out because no app can post it, `video` because it needs a scope that
 * this app never asks for, `container` and `carousel` because it does not use them: what is not listed is refused.
 */
export const BLOCKS: Readonly<Record<string, BlockType>> = {
  actions: { surfaces: EVERYWHERE, required: ["elements"], check: actions(25, IN_ACTIONS) },
  alert: {
    surfaces: ["modal"],
    required: ["text"],
    optional: ["level"],
    check: (report, block, at) => {
      checkText(report, block.text, `${at}/text`, 200);
      checkOneOf(report, block.level, `${at}/level`, [
        "default",
        "info",
        "warning",
        "error",
        "success",
      ]);
    },
  },
  card: {
    surfaces: EVERYWHERE,
    optional: ["hero_image", "icon", "title", "subtitle", "body", "actions"],
    check: card,
  },
  context: { surfaces: EVERYWHERE, required: ["elements"], check: context },
  context_actions: {
    surfaces: MESSAGE,
    required: ["elements"],
    check: actions(5, ["feedback_buttons", "icon_button"]),
  },
  data_table: {
    surfaces: MESSAGE,
    required: ["rows", "caption"],
    optional: ["page_size", "row_header_column_index"],
    check: checkDataTable,
  },
  data_visualization: { surfaces: MESSAGE, required: ["title", "chart"], check: checkChart },
  divider: { surfaces: EVERYWHERE },
  header: {
    surfaces: EVERYWHERE,
    required: ["text"],
    check: (report, block, at) => checkText(report, block.text, `${at}/text`, 150, "plain"),
  },
  image: {
    surfaces: EVERYWHERE,
    required: ["alt_text"],
    optional: ["title", "image_url", "slack_file"],
    check: image,
  },
  input: {
    // Slack also takes inputs in messages; nothing there would send them, so it is refused here.
    surfaces: ["modal", "home"],
    required: ["label", "element"],
    optional: ["hint", "optional", "dispatch_action"],
    check: input,
  },
  markdown: {
    surfaces: MESSAGE,
    required: ["text"],
    check: (report, block, at) => checkString(report, block.text, `${at}/text`, 12_000),
  },
  plan: { surfaces: MESSAGE, required: ["title"], optional: ["tasks"], check: checkPlan },
  rich_text: {
    surfaces: EVERYWHERE,
    required: ["elements"],
    check: checkRichText,
  },
  section: {
    surfaces: EVERYWHERE,
    optional: ["text", "fields", "accessory", "expand"],
    check: section,
  },
  table: {
    surfaces: MESSAGE,
    required: ["rows"],
    optional: ["column_settings"],
    check: checkTable,
  },
  task_card: { surfaces: MESSAGE, ...CARD_FIELDS, check: checkCard },
};
