import { z } from "zod";
import { sha256 } from "../../lib/hash.ts";
import type { Json } from "../model.ts";
import { ANSWER_CAP, linesWithin, shown } from "./answer.ts";
import { deliverableOf } from "./paths.ts";
import { defineTool, type Workspace } from "./tool.ts";

/** First characters of a file's SHA-256, by which file_edit knows that it edits what was read. */
export const shortSha = (bytes: Uint8Array): string => sha256(bytes).slice(0, 16);

const originOf = ({ draft, previous }: Workspace, path: string, bytes: Uint8Array): string => {
  const same = (files: ReadonlyMap<string, Uint8Array>) => {
    const old = files.get(path);
    return old !== undefined && Buffer.compare(old, bytes) === 0;
  };
  if (same(draft)) return "draft";
  return same(previous) ? "previous" : "edited";
};

/** Own files and those of the steps before, without their content. */
export const filesList = defineTool({
  name: "files_list",
  description:
    "List the files of your workspace: path, bytes, sha, deliverable and origin (draft, previous, edited; upstream files are read-only). Give a prefix such as src/ or upstream/ to see less.",
  reads: true,
  strict: false,
  input: z.strictObject({ prefix: z.string().max(300).optional() }),
  run: async ({ prefix = "" }, context) => {
    const { brief, workspace } = context;
    const own = [...workspace.files()].map(([path, bytes]): readonly [string, Json] => [
      path,
      {
        path,
        bytes: bytes.byteLength,
        sha: shortSha(bytes),
        deliverable: deliverableOf(brief, path),
        origin: originOf(workspace, path, bytes),
      },
    ]);
    const upstream = [...workspace.upstream].map(([path, bytes]): readonly [string, Json] => [
      `upstream/${path}`,
      { path: `upstream/${path}`, bytes: bytes.byteLength, origin: "upstream" },
    ]);
    const entries = [...own, ...upstream]
      .filter(([path]) => path.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, entry]) => entry);
    const { json, left } = linesWithin(entries, ANSWER_CAP);
    const note = left > 0 ? `${left} more files: ask again with a longer prefix.` : "";
    return shown(context, "files", context.veil.hide(`[${json}]`).text, { note });
  },
});
