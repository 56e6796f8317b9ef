import { cut } from "../escape.ts";
import type { KnownBlock } from "./slack-types.ts";

const MAX = 2_800;

/** A file's text as it is, in a fixed pitch; nothing in it is read as markup. */
export const preformatted = (text: string): KnownBlock => {
  const shown = cut(text, MAX);
  return {
    type: "rich_text",
    elements: [
      {
        type: "rich_text_preformatted",
        elements: [{ type: "text", text: shown.trim() === "" ? "(empty)" : shown }],
      },
    ],
  };
};
