import { blocks, defineCheck, lineAt, ownTexts, resultOf } from "./define.ts";

/** Control, direction and zero-width characters: what a reviewer does not see and a machine reads. */
export const HIDDEN_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** No character that shows a reviewer something else than a machine reads: direction overrides, controls, zero width. */
export const noUntrustedMarkup = defineCheck({
  id: "no-untrusted-markup",
  deliverables: "any",
  run: async (input) =>
    resultOf("no-untrusted-markup", {
      findings: ownTexts(input, () => true).flatMap(({ path, text }) => {
        const found = HIDDEN_CHARACTER.exec(text);
        if (!found) return [];
        const code = found[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
        return [
          blocks(
            "no-untrusted-markup",
            path,
            lineAt(text, found.index),
            `holds the hidden character U+${code}`,
          ),
        ];
      }),
    }),
});
