import { section, sentences } from "./elements.ts";
import type { Rendered } from "./rendered.ts";

/** One line in a thread or an answer: the same words for eyes and screen readers. Pure. */
export const renderLine = (text: string): Rendered => ({
  text: sentences(text),
  blocks: [section(text)],
});
