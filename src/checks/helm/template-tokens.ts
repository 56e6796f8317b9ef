/** A piece of a chart template: plain text, or what stands between `{{` and `}}` without trim marks. */
export type TemplateToken =
  | { readonly kind: "text"; readonly text: string; readonly line: number }
  | {
      readonly kind: "action";
      readonly code: string;
      readonly line: number;
      readonly trimLeft: boolean;
      readonly trimRight: boolean;
    };

export type Tokens =
  | { readonly ok: true; readonly tokens: readonly TemplateToken[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;

/** Offset just behind the `}}` that closes the action starting at `start`, strings and comments skipped; -1 when none does. */
const endOfAction = (text: string, start: number): number => {
  const comment = /^\{\{-?\s*\/\*/.exec(text.slice(start, start + 32));
  let at = start + 2;
  if (comment) {
    const close = text.indexOf("*/", at);
    if (close < 0) return -1;
    at = close + 2;
  }
  for (; at < text.length - 1; at++) {
    const sign = text[at] ?? "";
    if (text.startsWith("}}", at)) return at + 2;
    if (sign === '"' || sign === "`" || sign === "'") {
      at = endOfString(text, at, sign);
      if (at < 0) return -1;
    }
    if (text.startsWith("{{", at)) return -1;
  }
  return -1;
};

const endOfString = (text: string, start: number, quote: string): number => {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\" && quote !== "`") at++;
    else if (text[at] === quote) return at;
    else if (text[at] === "\n" && quote !== "`") return -1;
  }
  return -1;
};

/** Splits a chart template into text and actions. */
export const templateTokens = (text: string): Tokens => {
  const tokens: TemplateToken[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    const stop = open < 0 ? text.length : open;
    if (stop > at)
      tokens.push({ kind: "text", text: text.slice(at, stop), line: lineOf(text, at) });
    if (open < 0) break;
    const end = endOfAction(text, open);
    const line = lineOf(text, open);
    if (end < 0) return { ok: false, line, message: "an action {{ is not closed" };
    const inner = text.slice(open + 2, end - 2);
    const trimLeft = /^-\s/.test(inner);
    const trimRight = /\s-$/.test(inner);
    const code = inner.replace(/^-\s/, "").replace(/\s-$/, "").trim();
    tokens.push({ kind: "action", code, line, trimLeft, trimRight });
    at = end;
  }
  return { ok: true, tokens };
};
