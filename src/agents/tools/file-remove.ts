import { z } from "zod";
import type { Brief } from "../../spec/brief.ts";
import { matchesGlob } from "../../spec/glob.ts";
import { said, teach } from "./answer.ts";
import { writablePath } from "./paths.ts";
import { defineTool } from "./tool.ts";

/**
 * Why a deliverable needs the file: its contract names it (a pattern whose last part is a plain name), or it is the last one that a
 * pattern has. Null: nothing needs it.
 */
const neededBy = (brief: Brief, path: string, paths: readonly string[]): string | null => {
  for (const { files, id } of brief.deliverables) {
    for (const glob of files.filter((one) => matchesGlob(one, path))) {
      const named = !(glob.split("/").at(-1) ?? "").includes("*");
      const others = paths.filter((one) => one !== path && matchesGlob(glob, one));
      if (named || others.length === 0) return `${id} (${glob})`;
    }
  }
  return null;
};

/** Removes an own file that no deliverable requires. */
export const fileRemove = defineTool({
  name: "file_remove",
  description:
    "Remove one of your files that no deliverable requires. Say why; people read it. Tests and checks of the draft must stay, or the submission is refused.",
  reads: false,
  strict: false,
  input: z.strictObject({ path: z.string().max(400), why: z.string().min(10).max(500) }),
  run: async ({ path: given, why }, context) => {
    const target = writablePath(given, context);
    if (!target.ok) return target.answer;
    const { path } = target;
    const { brief, workspace } = context;
    if (!workspace.files().has(path))
      return teach({
        expected: "a file of yours",
        got: `"${path}", which is not there`,
        next: "files_list",
      });
    const need = neededBy(brief, path, [...workspace.files().keys()]);
    if (need !== null)
      return teach({
        expected: "a file that no deliverable requires",
        got: `"${path}", required by ${need}`,
        next: "change it with file_edit, or leave it",
      });
    workspace.remove(path);
    return said(`Removed ${path}. Reason kept: ${why.length} characters.`);
  },
});
