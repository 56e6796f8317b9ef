import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { NewId } from "../lib/id.ts";

/**
 * Where profiles and counters are kept between runs. Only a cache: `read` gives null for what is not there, and losing a blob costs time,
 * never an answer. Neither may throw. Keys are letters, digits, `-`, `_` and `/`.
 */
export interface BlobStore {
  readonly read: (key: string) => Promise<string | null>;
  readonly write: (key: string, text: string) => Promise<void>;
}

export const NO_BLOBS: BlobStore = {
  read: async () => null,
  write: async () => {},
};

/** Blobs as files below `folder`, each written whole or not at all. */
export const createFolderBlobs = (folder: string, newId: NewId): BlobStore => ({
  read: (key) => readFile(join(folder, key), "utf8").catch(() => null),
  write: async (key, text) => {
    const path = join(folder, key);
    const partial = `${path}.${newId()}.tmp`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(partial, text);
      await rename(partial, path);
    } catch {
      // A full disk makes the next run slower, not wrong.
    }
  },
});
