import type { Proposal } from "../../operations/conversation-port.ts";
import { cut } from "../escape.ts";
import { LIMITS } from "../limits.ts";
import { ACTIONS } from "./action-ids.ts";
import { actions, button, context, dateMarkup, markup, section, sentences } from "./elements.ts";
import { preformatted } from "./preformatted.ts";
import type { Rendered } from "./rendered.ts";
import type { KnownBlock, RichTextElement } from "./slack-types.ts";

/** A name in the text, with where it leads. */
export interface TalkLink {
  readonly text: string;
  readonly url: string;
}

/** An answer of a model with what it proposes. */
export interface TalkView {
  readonly text: string;
  readonly links: readonly TalkLink[];
  readonly proposals: readonly Proposal[];
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Words as text that nothing in can mention, link or format; names that are known lead to what they name. */
const linked = (text: string, links: readonly TalkLink[]): RichTextElement[] => {
  const names = links
    .filter(({ text: name }) => name !== "")
    .map((link) => escapePattern(link.text));
  if (names.length === 0) return [{ type: "text", text }];
  // Of two names the longer one is meant: birdstrikes-12 is not birdstrikes-1 with a 2.
  names.sort((a, b) => b.length - a.length);
  return text
    .split(new RegExp(`(?<![\\w-])(${names.join("|")})(?![\\w-])`))
    .filter((piece) => piece !== "")
    .map((piece) => {
      const link = links.find((one) => one.text === piece);
      return link ? { type: "link", url: link.url, text: piece } : { type: "text", text: piece };
    });
};

const words = ({ links, text }: TalkView): KnownBlock => {
  const elements = linked(cut(text, LIMITS.section), links);
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements }] };
};

const proposed = ({ expiresAt, id, input, operation, title }: Proposal): readonly KnownBlock[] => [
  section(`Proposed, not done: ${title} (${operation}) with`),
  preformatted(JSON.stringify(input, null, 2)),
  actions(
    button("Run this", ACTIONS.proposalRun, id, { style: "primary", says: `Run this: ${title}` }),
  ),
  context(markup(`Only you can press it, until ${dateMarkup(new Date(expiresAt).toISOString())}.`)),
];

/** What Claude said, labelled so; proposals are drawn from their exact input, never from a model's words. Pure. */
export const renderTalk = (view: TalkView): Rendered => ({
  text: sentences(view.text, ...view.proposals.map(({ title }) => `Proposed, not done: ${title}.`)),
  blocks: [
    words(view),
    ...view.proposals.flatMap(proposed),
    context("Written by Claude from what the operations say; check before you rely on it."),
  ],
});
