import { z } from "zod";
import { said, teach } from "./answer.ts";
import { restored } from "./file-write.ts";
import { shortSha } from "./files-list.ts";
import { readText, whyNotWritten, writablePath } from "./paths.ts";
import { defineTool, type ToolAnswer, type ToolContext } from "./tool.ts";

interface Edit {
  readonly old: string;
  readonly new: string;
}

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** Lines that share most words with the first line of what was looked for, at most three. */
const nearest = (text: string, old: string): readonly number[] => {
  const first = old.split("\n").find((line) => line.trim() !== "") ?? "";
  const words = new Set(first.toLowerCase().match(/\w{3,}/g) ?? []);
  const scored = text.split("\n").map((line, at) => {
    const own = line.toLowerCase().match(/\w{3,}/g) ?? [];
    return { line: at + 1, shared: own.filter((word) => words.has(word)).length };
  });
  return scored
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared || a.line - b.line)
    .slice(0, 3)
    .map(({ line }) => line);
};

const notOnce = (path: string, text: string, old: string, at: number): ToolAnswer | null => {
  const count = countOf(text, old);
  if (count === 1) return null;
  const near = count === 0 ? nearest(text, old) : [];
  const [line] = near;
  const where = line === undefined ? "" : `; nearest lines: ${near.join(", ")}`;
  const from = line === undefined ? "" : ` from line ${Math.max(1, line - 5)}`;
  return teach({
    expected: `each "old" exactly once in ${path}`,
    got: `edit ${at + 1} found ${count} times${where}. No edit was made`,
    next:
      count === 0
        ? `file_read ${path}${from}, then copy the lines without their numbers`
        : 'give more lines around it in "old"',
  });
};

const applied = (
  path: string,
  text: string,
  edits: readonly Edit[],
): { readonly text: string } | { readonly answer: ToolAnswer } => {
  let edited = text;
  for (const [at, { old, new: fresh }] of edits.entries()) {
    const answer = notOnce(path, edited, old, at);
    if (answer !== null) return { answer };
    edited = edited.replace(old, () => fresh);
  }
  return { text: edited };
};

const restoreAll = (edits: readonly Edit[], context: ToolContext) => {
  const back: Edit[] = [];
  for (const edit of edits) {
    const [old, fresh] = [restored(edit.old, context), restored(edit.new, context)];
    if (!old.ok) return old;
    if (!fresh.ok) return fresh;
    back.push({ old: old.text, new: fresh.text });
  }
  return { ok: true as const, edits: back };
};

/** Replaces pieces of one file, all of them or none. */
export const fileEdit = defineTool({
  name: "file_edit",
  description:
    'Replace pieces of one of your files. sha is the one that file_read gave. Each "old" must stand exactly once; edits apply in order, all or none.',
  reads: false,
  strict: false,
  input: z.strictObject({
    path: z.string().max(400),
    sha: z.string().min(8).max(64),
    edits: z
      .array(z.strictObject({ old: z.string().min(1).max(50_000), new: z.string().max(50_000) }))
      .min(1)
      .max(20),
  }),
  run: async ({ edits, path: given, sha }, context) => {
    const target = writablePath(given, context);
    if (!target.ok) return target.answer;
    const found = readText(target.path, context);
    if (!found.ok) return found.answer;
    const current = shortSha(found.bytes);
    if (!sha.startsWith(current) && !current.startsWith(sha))
      return teach({
        expected: `sha ${current}, which ${target.path} has now`,
        got: sha,
        next: `file_read ${target.path}: it has changed since you read it`,
      });
    const back = restoreAll(edits, context);
    if (!back.ok) return back.answer;
    const result = applied(target.path, found.text, back.edits);
    if ("answer" in result) return result.answer;
    const refused = whyNotWritten(target.path, result.text, context.workspace);
    if (refused !== null) return refused;
    const bytes = Buffer.from(result.text, "utf8");
    context.workspace.write(target.path, bytes);
    return said(
      `Edited ${target.path}: ${edits.length} places, ${bytes.byteLength} bytes, sha ${shortSha(bytes)}.`,
    );
  },
});
