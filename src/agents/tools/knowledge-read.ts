import { z } from "zod";
import { ANSWER_CAP, said, teach } from "./answer.ts";
import { defineTool } from "./tool.ts";

const LONGEST = 32_000;

/** A worked example that ships with the product. Its text is ours, so it is not wrapped. */
export const knowledgeRead = defineTool({
  name: "knowledge_read",
  description:
    "Read a worked example or a note on a subject, by name. An unknown name answers with the list of names. from: character to go on at.",
  reads: true,
  strict: false,
  input: z.strictObject({
    name: z.string().max(120),
    from: z.int().min(0).max(LONGEST).default(0),
  }),
  run: async ({ from, name }, { knowledge }) => {
    const text = knowledge.names.includes(name) ? await knowledge.read(name) : null;
    if (text === null)
      return teach({
        expected: `one of: ${knowledge.names.join(" ")}`.slice(0, 2_000),
        got: `"${name}"`,
        next: `knowledge_read "${knowledge.names[0] ?? ""}"`,
      });
    const piece = text.slice(from, from + ANSWER_CAP);
    const rest = text.length - from - piece.length;
    return said(
      rest > 0 ? `${piece}\n… ${rest} more characters: from ${from + piece.length}.` : piece,
    );
  },
});
