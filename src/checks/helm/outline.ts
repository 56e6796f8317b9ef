import type { TemplateToken } from "./template-tokens.ts";

/** What a chart template comes to when every condition holds and every value is a word; null text when it does not nest. */
export interface Outline {
  readonly text: string;
  readonly fault: { readonly line: number; readonly message: string } | null;
}

const OPENS = /^(if|range|with|define|block)\b/;

interface Frame {
  readonly word: string;
  readonly line: number;
  /** True in the branch of an else: left out, or keys would stand twice. */
  skipped: boolean;
}

/** Words that leave no text behind: control, comments, assignments. */
const isSilent = (code: string): boolean => /^(\/\*|\$\w+\s*:?=|fail\b)/.test(code) || code === "";

// A block (several lines of YAML) goes under the key before it, beside others that may stand there; empty fits any place.
const standIn = (code: string): string => (/\b(nindent|indent|toYaml|tpl)\b/.test(code) ? "" : "x");

const enter = (frames: Frame[], code: string, line: number): string | null => {
  const opened = OPENS.exec(code)?.[1];
  if (opened !== undefined) frames.push({ word: opened, line, skipped: false });
  else if (/^else\b/.test(code)) {
    const frame = frames.at(-1);
    if (!frame || frame.word === "define") return "else stands outside if, range or with";
    frame.skipped = true;
  } else if (code === "end" && frames.pop() === undefined) return "end closes nothing";
  return null;
};

interface Drawing {
  readonly frames: Frame[];
  text: string;
  /** The last action asked that white space after it be left out. */
  trim: boolean;
}

const isHidden = (drawing: Drawing): boolean =>
  drawing.frames.some((frame) => frame.skipped || frame.word === "define");

const drawText = (drawing: Drawing, text: string): void => {
  if (!isHidden(drawing)) drawing.text += drawing.trim ? text.replace(/^\s+/, "") : text;
  drawing.trim = false;
};

const drawAction = (
  drawing: Drawing,
  token: Extract<TemplateToken, { readonly kind: "action" }>,
): string | null => {
  const hidden = isHidden(drawing);
  if (token.trimLeft && !hidden) drawing.text = drawing.text.replace(/\s+$/, "");
  drawing.trim = token.trimRight;
  if (OPENS.test(token.code) || /^(else\b|end$)/.test(token.code))
    return enter(drawing.frames, token.code, token.line);
  if (!hidden && !isSilent(token.code)) drawing.text += standIn(token.code);
  return null;
};

/** Renders the outline of a tokenised template: first branches only, definitions left out. */
export const outlineOf = (tokens: readonly TemplateToken[]): Outline => {
  const drawing: Drawing = { frames: [], text: "", trim: false };
  for (const token of tokens) {
    if (token.kind === "text") drawText(drawing, token.text);
    else {
      const message = drawAction(drawing, token);
      if (message !== null) return { text: drawing.text, fault: { line: token.line, message } };
    }
  }
  const left = drawing.frames.at(-1);
  const fault = left ? { line: left.line, message: `${left.word} has no end` } : null;
  return { text: drawing.text, fault };
};
