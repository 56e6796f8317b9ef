import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SimpleGit } from "simple-git";
import { BugError } from "../lib/errors.ts";

/** Files by their path in the repository, as bytes. All become ordinary files (mode 100644). */
export type GitFiles = ReadonlyMap<string, Uint8Array>;

/** Where git's objects lie, and an empty folder that is removed afterwards. */
export interface GitPlace {
  readonly gitDir: string;
  readonly scratch: string;
}

/** How many names one command line gets: far below what any system takes. */
const BATCH = 500;

const batches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, at) =>
    items.slice(at * BATCH, (at + 1) * BATCH),
  );

/** Git's own name of a file's bytes (gitformat: `blob <length>\0<bytes>`). */
const blobIdOf = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex");

const isLoose = (gitDir: string, id: string): boolean =>
  existsSync(join(gitDir, "objects", id.slice(0, 2), id.slice(2)));

// Most files of a commit were in the one before. Git reads the others from files; filters of .gitattributes do not apply,
// because what was approved is bytes.
const storeBlobs = async (
  git: SimpleGit,
  scratch: string,
  blobs: ReadonlyMap<string, Uint8Array>,
): Promise<void> => {
  for (const batch of batches([...blobs])) {
    const paths = batch.map(([id]) => join(scratch, id));
    await Promise.all(batch.map(([id, bytes]) => writeFile(join(scratch, id), bytes)));
    const ids = (await git.raw(["hash-object", "-w", "--no-filters", "--", ...paths])).trim();
    if (ids !== batch.map(([id]) => id).join("\n")) {
      throw new BugError("GIT_OBJECTS", "git stored other objects than it was given");
    }
  }
};

/**
 * Puts the files into the index of `git`, which is one of its own; no working tree is read or written. What git holds
 * already is not written again.
 */
export const stageFiles = async (
  git: SimpleGit,
  { gitDir, scratch }: GitPlace,
  files: GitFiles,
): Promise<void> => {
  const entries = [...files].map(([path, bytes]) => ({ path, bytes, id: blobIdOf(bytes) }));
  const missing = entries.filter(({ id }) => !isLoose(gitDir, id));
  await storeBlobs(git, scratch, new Map(missing.map(({ id, bytes }) => [id, bytes])));
  for (const batch of batches(entries)) {
    const infos = batch.flatMap(({ id, path }) => ["--cacheinfo", `100644,${id},${path}`]);
    await git.raw(["update-index", "--add", ...infos]);
  }
};
