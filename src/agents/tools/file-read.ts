import { z } from "zod";
import { linesWithin, shown, teach } from "./answer.ts";
import { shortSha } from "./files-list.ts";
import { readText } from "./paths.ts";
import { defineTool } from "./tool.ts";

const CAP = 32_000;

/** Lines of one file, numbered. */
export const fileRead = defineTool({
  name: "file_read",
  description:
    "Read lines of one file, yours or under upstream/. Each line comes as a JSON string that begins with its number. Gives the sha that file_edit asks for. WITHHELD_… stands for a value that may not leave the house: keep it, and the value is put back when you write it.",
  reads: true,
  strict: false,
  input: z.strictObject({
    path: z.string().max(400),
    fromLine: z.int().min(1).default(1),
    lines: z.int().min(1).max(400).default(200),
  }),
  run: async ({ fromLine, lines, path: given }, context) => {
    const found = readText(given, context);
    if (!found.ok) return found.answer;
    const { bytes, path, text } = found;
    const all = text.split("\n");
    if (fromLine > all.length)
      return teach({
        expected: `a line of ${path}, which has ${all.length}`,
        got: `fromLine ${fromLine}`,
        next: `file_read with fromLine 1 to ${all.length}`,
      });
    const hidden = context.veil.hide(all.slice(fromLine - 1, fromLine - 1 + lines).join("\n"));
    const numbered = hidden.text.split("\n").map((line, at) => `${fromLine + at}\t${line}`);
    const { json, left } = linesWithin(numbered, CAP);
    const last = fromLine + numbered.length - left - 1;
    const head = `"path": ${JSON.stringify(path)}, "sha": "${shortSha(bytes)}", "of": ${all.length}`;
    const note = last < all.length ? `${all.length - last} more lines: fromLine ${last + 1}.` : "";
    return shown(context, "file", `{${head}, "lines": [\n${json}\n]}`, { note });
  },
});
