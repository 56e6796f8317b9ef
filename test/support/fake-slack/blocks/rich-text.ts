import { textOf } from "../answer.ts";
import { checkList, checkOneOf, checkString, isObject, type Report, shape } from "./report.ts";

const INLINE: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  text: [["text"], ["style"]],
  link: [["url"], ["text", "style", "unsafe"]],
  emoji: [["name"], ["unicode", "url", "style"]],
  user: [["user_id"], ["style"]],
  usergroup: [["usergroup_id"], ["style"]],
  channel: [["channel_id"], ["style"]],
  team: [["team_id"], ["style"]],
  broadcast: [["range"], ["style"]],
  date: [
    ["timestamp", "format"],
    ["url", "fallback", "style"],
  ],
  color: [["value"], ["style"]],
};

const checkInline = (report: Report, value: unknown, at: string): void => {
  const type = isObject(value) ? textOf(value.type) : "";
  const fields = INLINE[type];
  if (!fields) {
    report.fail(`${at}/type`, `unsupported type: ${type}`);
    return;
  }
  const inline = shape(report, value, at, ["type", ...fields[0]], fields[1]);
  // An empty text is refused, unlike a text of one space.
  if (type === "text") checkString(report, inline?.text, `${at}/text`, 40_000);
  if (type === "link") checkString(report, inline?.url, `${at}/url`, 3000);
};

const checkPart = (
  report: Report,
  value: unknown,
  at: string,
  allowed: readonly string[],
): void => {
  const type = isObject(value) ? textOf(value.type) : "";
  if (!allowed.includes(type)) {
    report.fail(`${at}/type`, `unsupported type: ${type}`);
    return;
  }
  const optional =
    type === "rich_text_list"
      ? ["style", "indent", "offset", "border"]
      : type === "rich_text_section"
        ? []
        : ["border", "language"];
  const part = shape(report, value, at, ["type", "elements"], optional);
  if (!part) return;
  if (type === "rich_text_list")
    checkOneOf(report, part.style ?? "", `${at}/style`, ["bullet", "ordered"]);
  checkList(report, part.elements, `${at}/elements`, 1, 1000).forEach((item, index) => {
    const place = `${at}/elements/${index}`;
    if (type === "rich_text_list") checkPart(report, item, place, ["rich_text_section"]);
    else checkInline(report, item, place);
  });
};

const PARTS = ["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"];

/** A `rich_text` block or entity: sections, lists, quotes and preformatted parts with known inline elements. */
export const checkRichText = (report: Report, value: unknown, at: string): void => {
  const block = shape(report, value, at, ["type", "elements"], ["block_id"]);
  if (!block) return;
  checkOneOf(report, block.type, `${at}/type`, ["rich_text"]);
  checkList(report, block.elements, `${at}/elements`, 1, 1000).forEach((part, index) => {
    checkPart(report, part, `${at}/elements/${index}`, PARTS);
  });
};
