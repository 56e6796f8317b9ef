const segments = new Intl.Segmenter("en", { granularity: "grapheme" });

// A grapheme may run past the cut, so a little more than the cut is looked at.
const LOOKAHEAD = 64;

// Control characters but line breaks, whatever reorders or hides text, and halves of a surrogate pair.
const UNSAFE =
  /[^\P{Cc}\n]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** Text without what could hide, reorder or break it on a screen. Never throws. */
export const clean = (text: string): string => text.replace(UNSAFE, " ");

// Writing a piece alone makes it no shorter than writing it among its neighbours, so the sum is a bound.
const fits = (text: string, max: number, write: (piece: string) => string): string => {
  const head = text.slice(0, max + LOOKAHEAD);
  const pieces = [...segments.segment(head)].map(({ segment }) => segment);
  const single = pieces.some((piece) => piece.length > LOOKAHEAD) ? [...head] : pieces;
  let kept = "";
  let length = 0;
  for (const piece of single) {
    length += write(piece).length;
    if (length > max - 1) break;
    kept += piece;
  }
  return `${write(kept.trimEnd())}…`;
};

/** Cleaned and cut at `max` UTF-16 units between two characters as people see them, with an ellipsis. Never throws. */
export const cut = (text: string, max: number): string => {
  const whole = clean(text);
  return whole.length <= max ? whole : fits(whole, max, (piece) => piece);
};

const escapeAngles = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// Slack formats at the edges of words only, so names such as roc_auc keep their underscore as it is.
const escapePiece = (text: string): string =>
  escapeAngles(text).replace(/`|(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])/gu, "$&\u200b");

/**
 * Text from people, data or models for a mrkdwn field: nothing in it can mention, link or format. At most `max` UTF-16 units after
 * escaping, and no escape is cut in two. Never throws.
 */
export const cutMrkdwn = (text: string, max: number): string => cutEscaped(text, max, escapePiece);

/** For a message's top-level text: nothing in it can mention or link; asterisks and the like stay as they were typed. */
export const cutText = (text: string, max: number): string => cutEscaped(text, max, escapeAngles);

const cutEscaped = (text: string, max: number, write: (piece: string) => string): string => {
  const whole = clean(text);
  const escaped = write(whole);
  return escaped.length <= max ? escaped : fits(whole, max, write);
};
