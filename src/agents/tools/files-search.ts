import { z } from "zod";
import type { Json } from "../model.ts";
import { ANSWER_CAP, linesWithin, shown } from "./answer.ts";
import { readableText } from "./paths.ts";
import { defineTool } from "./tool.ts";

const LINE_CAP = 240;

/** Literal search in own files and in those of the steps before. */
export const filesSearch = defineTool({
  name: "files_search",
  description:
    "Find a literal text (no pattern, case matters) in your files and in upstream/. Answers path, line number and the line.",
  reads: true,
  strict: false,
  input: z.strictObject({
    text: z.string().min(1).max(200),
    prefix: z.string().max(300).optional(),
    limit: z.int().min(1).max(200).default(50),
  }),
  run: async ({ limit, prefix = "", text }, context) => {
    const { veil, workspace } = context;
    const upstream = [...workspace.upstream].map(
      ([path, bytes]) => [`upstream/${path}`, bytes] as const,
    );
    const files = [...workspace.files(), ...upstream]
      .filter(([path]) => path.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const hits: Json[] = [];
    let found = 0;
    for (const [path, bytes] of files) {
      const raw = readableText(bytes);
      if (raw === null) continue;
      // What is hidden cannot be searched for either, or asking would tell.
      for (const [at, line] of veil.hide(raw).text.split("\n").entries()) {
        if (!line.includes(text)) continue;
        found += 1;
        if (hits.length < limit) hits.push({ path, line: at + 1, text: line.slice(0, LINE_CAP) });
      }
    }
    const { json, left } = linesWithin(hits, ANSWER_CAP);
    const rest = found - hits.length + left;
    const note =
      found === 0
        ? "Nothing found. Case matters, and there are no patterns; files_list shows the paths."
        : rest > 0
          ? `${rest} more lines: narrow it with prefix or a longer text.`
          : "";
    return shown(context, "files", `[${json}]`, { note });
  },
});
