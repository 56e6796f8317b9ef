import { cut, cutMrkdwn, cutText } from "../escape.ts";
import { LIMITS } from "../limits.ts";
import type {
  ActionsElement,
  Button,
  KnownBlock,
  PlainTextElement,
  PlainTextOption,
  RichTextBlock,
  RichTextElement,
  TextObject,
} from "./slack-types.ts";

const orDash = (text: string): string => (text.trim() === "" ? "–" : text);

/** Text that Slack shows as it is: no mention, link, format or emoji name in it has an effect. */
export const plain = (text: string, max: number): PlainTextElement => ({
  type: "plain_text",
  text: orDash(cut(text, max)),
  emoji: false,
});

/** Markup of our own words; whatever comes from people, data or models must have gone through `cutMrkdwn` or `escapeMrkdwn`. */
export const markup = (text: string): TextObject => ({ type: "mrkdwn", text, verbatim: true });

export const header = (text: string): KnownBlock => ({
  type: "header",
  text: plain(text, LIMITS.header),
});

export const section = (text: string, max: number = LIMITS.section): KnownBlock => ({
  type: "section",
  text: plain(text, max),
});

/** Named values, two columns, the first eight. */
export const fields = (
  pairs: readonly { readonly name: string; readonly value: string }[],
): KnownBlock => ({
  type: "section",
  fields: pairs.slice(0, LIMITS.fields).map(({ name, value }) => {
    const label = `*${cutMrkdwn(orDash(name), 60)}*\n`;
    return markup(`${label}${cutMrkdwn(orDash(value), LIMITS.field - label.length)}`);
  }),
});

/** Small print: each text an element of its own. */
export const context = (...texts: readonly (string | TextObject)[]): KnownBlock => ({
  type: "context",
  elements: texts
    .slice(0, LIMITS.context)
    .map((text) => (typeof text === "string" ? plain(text, LIMITS.contextText) : text)),
});

/** A time as each reader's own clock shows it, with the UTC time for those whose client cannot. */
export const dateMarkup = (iso: string): string => {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return cutMrkdwn(iso, 40);
  const utc = `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time}|${utc}>`;
};

/** The same time in words for plain text. */
export const utc = (iso: string): string => {
  const ms = Date.parse(iso);
  return Number.isNaN(ms)
    ? cut(iso, 40)
    : `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
};

export const money = (usd: number): string => `$${usd.toFixed(2)}`;

interface ButtonOptions {
  readonly style?: "primary" | "danger";
  /** What a screen reader says in place of the label: names the object. */
  readonly says?: string;
}

/** `value` is one id and nothing else. */
export const button = (
  text: string,
  action: string,
  value: string,
  { says, style }: ButtonOptions = {},
): Button => ({
  type: "button",
  text: plain(text, LIMITS.button),
  action_id: action,
  value,
  ...(style ? { style } : {}),
  ...(says === undefined ? {} : { accessibility_label: cut(says, LIMITS.accessibility) }),
});

export const option = (text: string, value: string, description?: string): PlainTextOption => ({
  text: plain(text, LIMITS.option),
  value,
  ...(description === undefined ? {} : { description: plain(description, LIMITS.option) }),
});

/** The menu behind "…": what is chosen comes as the option's value. */
export const overflow = (action: string, options: readonly PlainTextOption[]): ActionsElement => ({
  type: "overflow",
  action_id: action,
  options: options.slice(0, LIMITS.overflow),
});

export const actions = (...elements: readonly ActionsElement[]): KnownBlock => ({
  type: "actions",
  elements: elements.slice(0, LIMITS.buttons),
});

const words = (text: string, bold = false): RichTextElement => ({
  type: "text",
  text,
  ...(bold ? { style: { bold: true } } : {}),
});

/** A titled list of a rich text. */
export interface TitledList {
  readonly title: string;
  readonly items: readonly string[];
}

/** The length to which texts are cut so that all of them have `total` characters: short ones stay whole, the long share what is left. */
const fairLength = (lengths: readonly number[], total: number): number => {
  let left = total;
  const sorted = [...lengths].sort((a, b) => a - b);
  for (const [at, length] of sorted.entries()) {
    const each = Math.floor(left / (sorted.length - at));
    if (length > each) return each;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
};

/**
 * Titled lists as one rich text of about `max` characters; lists without items are left out. Null when nothing is left to say.
 */
export const lists = (
  parts: readonly TitledList[],
  max: number = LIMITS.richText,
): RichTextBlock | null => {
  const present = parts.filter(({ items }) => items.length > 0);
  if (present.length === 0) return null;
  const titles = present.reduce((sum, { title }) => sum + title.length, 0);
  const lengths = present.flatMap(({ items }) => items.map((item) => item.length));
  const each = Math.max(40, fairLength(lengths, max - titles));
  return {
    type: "rich_text",
    elements: present.flatMap(({ items, title }) => [
      { type: "rich_text_section" as const, elements: [words(cut(title, 100), true)] },
      {
        type: "rich_text_list" as const,
        style: "bullet" as const,
        elements: items.map((item) => ({
          type: "rich_text_section" as const,
          elements: [words(orDash(cut(item, Math.min(each, item.length))))],
        })),
      },
    ]),
  };
};

/** A table of raw text: the header row and at most ten more, at most four columns. */
export const table = (rows: readonly (readonly string[])[]): KnownBlock => ({
  type: "table",
  rows: rows.slice(0, LIMITS.tableRows).map((row) =>
    row.slice(0, 4).map((cell) => ({
      type: "raw_text" as const,
      text: orDash(cut(cell.replaceAll("\n", " "), LIMITS.tableCell)),
    })),
  ),
  column_settings: [{ is_wrapped: true }],
});

/** The same rows as lines of text, for a workspace without tables. */
export const tableText = (rows: readonly (readonly string[])[]): KnownBlock =>
  section(
    rows
      .slice(0, LIMITS.tableRows)
      .map((row) => row.map((cell) => cut(cell.replaceAll("\n", " "), 60)).join(" · "))
      .join("\n"),
  );

/** Top-level text: sentences, escaped, cut. */
export const sentences = (...parts: readonly string[]): string =>
  orDash(cutText(parts.filter((part) => part.trim() !== "").join(" "), LIMITS.text));
