import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileEntry } from "../engine/command.ts";
import { BugError } from "../lib/errors.ts";
import type { Blobs } from "./documents.ts";

/** Files by path: what a folder or a commit is made from. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** The bytes of every file of a manifest. BugError BLOB_MISSING when one is not on disk. */
export const loadTree = async (blobs: Blobs, files: readonly FileEntry[]): Promise<Tree> => {
  const entries = await Promise.all(
    files.map(async (file): Promise<[string, Uint8Array]> => {
      const bytes = await blobs.get(file.sha256);
      if (bytes === null)
        throw new BugError("BLOB_MISSING", `${file.path}: no blob ${file.sha256}`);
      return [file.path, bytes];
    }),
  );
  return new Map(entries);
};

/** Later trees win a path. */
export const mergeTrees = (...trees: readonly Tree[]): Tree =>
  new Map(trees.flatMap((tree) => [...tree]));

/** Text files of a tree as UTF-8; what is no valid UTF-8 is left out. */
export const textsOf = (tree: Tree): ReadonlyMap<string, string> => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const texts = new Map<string, string>();
  for (const [path, bytes] of tree) {
    try {
      texts.set(path, decoder.decode(bytes));
    } catch {
      // a binary file: nobody reads it as text
    }
  }
  return texts;
};

/** Writes a tree into `dir`, emptied before. Not atomic: for folders that a crash may leave and a retry rebuilds. */
export const writeTree = async (dir: string, tree: Tree): Promise<void> => {
  await rm(dir, { recursive: true, force: true });
  const folders = new Set([...tree.keys()].map((path) => dirname(join(dir, path))));
  await mkdir(dir, { recursive: true });
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await Promise.all([...tree].map(([path, bytes]) => writeFile(join(dir, path), bytes)));
};
