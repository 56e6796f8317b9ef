import { type Check, checkList, checkOneOf, checkString, checkUrl, shape } from "./report.ts";
import { checkRichText } from "./rich-text.ts";

/** Slack shows about this many cards of a plan and hides the rest (reported: 48 to 50; the lower counts). */
const MAX_CARDS = 48;
const STATES = ["pending", "in_progress", "complete", "error"];

export const CARD_FIELDS = {
  required: ["task_id", "title", "status"],
  optional: ["details", "output", "sources"],
} as const;

/** `task_card`: one step with a state; `details` and `output` are one rich text each. */
export const checkCard: Check = (report, card, at) => {
  checkString(report, card.task_id, `${at}/task_id`, 255);
  checkString(report, card.title, `${at}/title`, 3000);
  checkOneOf(report, card.status, `${at}/status`, STATES);
  if (card.details !== undefined) checkRichText(report, card.details, `${at}/details`);
  if (card.output !== undefined) checkRichText(report, card.output, `${at}/output`);
  checkList(report, card.sources, `${at}/sources`, 0, 100).forEach((value, index) => {
    const source = shape(report, value, `${at}/sources/${index}`, ["type", "url", "text"]);
    checkUrl(report, source?.url, `${at}/sources/${index}/url`);
  });
};

/** `plan`: a title and its task cards, no id twice. */
export const checkPlan: Check = (report, plan, at) => {
  checkString(report, plan.title, `${at}/title`, 3000);
  const ids = checkList(report, plan.tasks, `${at}/tasks`, 0, MAX_CARDS).map((value, index) => {
    const place = `${at}/tasks/${index}`;
    const card = shape(
      report,
      value,
      place,
      ["type", ...CARD_FIELDS.required],
      [...CARD_FIELDS.optional, "block_id"],
    );
    if (!card) return place;
    checkOneOf(report, card.type, `${place}/type`, ["task_card"]);
    checkCard(report, card, place);
    return String(card.task_id);
  });
  if (new Set(ids).size !== ids.length)
    report.fail(`${at}/tasks`, "two tasks have the same task_id");
};
