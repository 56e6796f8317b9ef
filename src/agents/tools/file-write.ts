import { z } from "zod";
import { said, teach } from "./answer.ts";
import { shortSha } from "./files-list.ts";
import { whyNotWritten, writablePath } from "./paths.ts";
import { defineTool, type ToolAnswer, type ToolContext } from "./tool.ts";

/** The text with what was withheld put back, or what to do about a token that stands for nothing. */
export const restored = (
  text: string,
  { veil }: Pick<ToolContext, "veil">,
):
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly answer: ToolAnswer } => {
  const back = veil.restore(text);
  if (back.unknown.length === 0) return { ok: true, text: back.text };
  return {
    ok: false,
    answer: teach({
      expected: "WITHHELD_… tokens exactly as file_read gave them",
      got: back.unknown.slice(0, 3).join(", "),
      next: "file_read of the file that holds the value, then write its token unchanged",
    }),
  };
};

/** A whole file of this role's contract. */
export const fileWrite = defineTool({
  name: "file_write",
  description:
    "Write a whole text file of your contract, new or replaced, at most 200,000 characters. For a change of a few lines use file_edit.",
  reads: false,
  strict: false,
  input: z.strictObject({ path: z.string().max(400), content: z.string().max(200_000) }),
  run: async ({ content, path: given }, context) => {
    const target = writablePath(given, context);
    if (!target.ok) return target.answer;
    const back = restored(content, context);
    if (!back.ok) return back.answer;
    const refused = whyNotWritten(target.path, back.text, context.workspace);
    if (refused !== null) return refused;
    const bytes = Buffer.from(back.text, "utf8");
    context.workspace.write(target.path, bytes);
    return said(
      `Written ${target.path} (${target.deliverable}): ${bytes.byteLength} bytes, sha ${shortSha(bytes)}.`,
    );
  },
});
