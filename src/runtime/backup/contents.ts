import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { UserInputError } from "../../lib/errors.ts";

/** Name of the list of contents inside a backup. */
export const CONTENTS = "backup.json";
const FORMAT = 1;

const Contents = z.strictObject({
  format: z.int().min(1),
  generator: z.string(),
  at: z.iso.datetime(),
  secret_key: z.boolean(),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() })),
});
export type Contents = z.infer<typeof Contents>;

const hashFile = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 }))
    hash.update(piece as Buffer);
  return hash.digest("hex");
};

/** Every file under `dir` by its path from there, sorted. */
export const listFiles = async (dir: string): Promise<readonly string[]> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
};

/** Writes the list of everything in `dir` with its hash beside it. */
export const writeContents = async (
  dir: string,
  about: Pick<Contents, "generator" | "at" | "secret_key">,
): Promise<Contents> => {
  const files: Contents["files"] = [];
  for (const path of await listFiles(dir)) {
    const file = join(dir, path);
    files.push({ path, bytes: (await stat(file)).size, sha256: await hashFile(file) });
  }
  const contents: Contents = { format: FORMAT, ...about, files };
  await writeFile(join(dir, CONTENTS), `${JSON.stringify(contents, null, 1)}\n`);
  return contents;
};

const damaged = (got: string, next = "use another backup; nothing was restored") =>
  new UserInputError("BACKUP_DAMAGED", "the backup does not hold what it says it holds", {
    expected: "every file with its hash",
    got,
    next,
  });

/** Reads the list and holds every file against it. UserInputError BACKUP_DAMAGED, BACKUP_NEWER. */
export const checkContents = async (dir: string): Promise<Contents> => {
  const text = await readFile(join(dir, CONTENTS), "utf8").catch(() => null);
  if (text === null) throw damaged(`no ${CONTENTS}`);
  const value: unknown = JSON.parse(text);
  const format = (value as { readonly format?: unknown }).format;
  if (typeof format === "number" && format > FORMAT)
    throw new UserInputError("BACKUP_NEWER", "the backup was written by a newer mlpipeline", {
      expected: `format ${FORMAT}`,
      got: `format ${format}`,
      next: "restore it with that version",
    });
  const parsed = Contents.safeParse(value);
  if (!parsed.success) throw damaged(`${CONTENTS}: ${z.prettifyError(parsed.error).slice(0, 200)}`);
  const there = (await listFiles(dir)).filter((path) => path !== CONTENTS);
  const extra = there.find((path) => !parsed.data.files.some((file) => file.path === path));
  if (extra) throw damaged(`${extra}, which is not listed`);
  for (const { path, sha256 } of parsed.data.files) {
    const found = there.includes(path) ? await hashFile(join(dir, path)) : "nothing";
    if (found !== sha256) throw damaged(`${path} with ${found.slice(0, 12)}`);
  }
  return parsed.data;
};
