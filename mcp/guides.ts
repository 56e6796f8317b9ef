import { watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { BugError } from "../src/lib/errors.ts";
import type { Page } from "./reads.ts";

export const COMPLETIONS = ["phases", "open_approvals", "pipelines", "windows"] as const;

const FrontMatter = z.strictObject({
  title: z.string(),
  description: z.string().max(200),
  arguments: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z_]*$/),
        description: z.string(),
        complete: z.enum(COMPLETIONS).optional(),
        required: z.boolean().default(false),
      }),
    )
    .default([]),
});

/** A prompt that is offered to assistants: a file of `prompts/guides`, named after it. */
export interface Guide extends z.infer<typeof FrontMatter> {
  readonly name: string;
  readonly body: string;
}

const FRONT = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/;

const parseGuide = (name: string, text: string): Guide => {
  const [, front, body = ""] = FRONT.exec(text) ?? [];
  const read = FrontMatter.safeParse(front === undefined ? null : parse(front));
  if (!read.success) throw new BugError("GUIDE_INVALID", `${name}: ${z.prettifyError(read.error)}`);
  return { ...read.data, name, body: body.trim() };
};

const markdownIn = async (dir: string): Promise<readonly (readonly [string, string])[]> => {
  const names = await readdir(dir).catch(() => []);
  const files = names.filter((name) => name.endsWith(".md")).sort();
  return Promise.all(
    files.map(
      async (file) => [file.slice(0, -3), await readFile(join(dir, file), "utf8")] as const,
    ),
  );
};

/** The guides of a folder; none where it is missing. BugError GUIDE_INVALID: guides ship with the product. */
export const readGuides = async (dir: string): Promise<readonly Guide[]> =>
  (await markdownIn(dir)).map(([name, text]) => parseGuide(name, text));

/** The pages of a folder; the first heading is the title. */
export const readPages = async (dir: string): Promise<readonly Page[]> =>
  (await markdownIn(dir)).map(([name, text]) => ({
    name,
    title: /^# (.+)$/m.exec(text)?.[1] ?? name,
    text,
  }));

const SETTLE_MS = 200;

/** Calls `changed` a moment after a file of the folder was written; gives the way to stop. Without the folder nothing is watched. */
export const watchFolder = (dir: string, changed: () => void): (() => void) => {
  let timer: NodeJS.Timeout | null = null;
  try {
    const watcher = watch(dir, { persistent: false }, () => {
      if (timer) clearTimeout(timer);
      timer = setTimeout(changed, SETTLE_MS);
      timer.unref();
    });
    watcher.on("error", () => {});
    return () => {
      if (timer) clearTimeout(timer);
      watcher.close();
    };
  } catch {
    return () => {};
  }
};
