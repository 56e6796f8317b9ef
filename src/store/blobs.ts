import { readFileSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "../lib/hash.ts";
import { translateFault } from "./sqlite/faults.ts";

/** Content-addressed bytes under `<home>/blobs`. */
export interface BlobStore {
  /** Durable when the promise resolves: temporary file, fsync, rename, fsync of the folder. The same bytes again cost nothing. */
  readonly put: (bytes: string | Uint8Array) => Promise<string>;
  /** Null where there is no such blob. The bytes are as they lie on disk: whoever doubts hashes them. */
  readonly get: (hash: string) => Promise<Uint8Array | null>;
  /** The same within a transaction, which cannot wait. For small documents alone. */
  readonly getSync: (hash: string) => Uint8Array | null;
}

const syncFolder = async (dir: string): Promise<void> => {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

// A hash may come from outside: nothing else may become part of a path.
const SHA256 = /^[0-9a-f]{64}$/;

const isMissing = (error: unknown): boolean =>
  (error as { readonly code?: unknown }).code === "ENOENT";

const readOrNull = async (file: string): Promise<Uint8Array | null> => {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
};

/** `newName` gives names for temporary files, different at every call. RetryableError DISK_FULL, ConfigError HOME_NOT_WRITABLE. */
export const createBlobs = (root: string, newName: () => string): BlobStore => {
  const place = (hash: string) => join(root, hash.slice(0, 2), hash);
  const write = async (file: string, bytes: Uint8Array) => {
    const made = await mkdir(dirname(file), { recursive: true });
    if (made !== undefined) await syncFolder(dirname(made));
    const temporary = `${file}.${newName()}.tmp`;
    try {
      const handle = await open(temporary, "wx");
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
      await syncFolder(dirname(file));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  };
  return {
    put: async (data) => {
      const bytes = typeof data === "string" ? Buffer.from(data, "utf8") : data;
      const hash = sha256(bytes);
      try {
        const known = await readOrNull(place(hash));
        // A blob that was damaged on disk is written anew, so that work can go on.
        if (known === null || sha256(known) !== hash) await write(place(hash), bytes);
        return hash;
      } catch (error) {
        throw translateFault(error, root);
      }
    },
    getSync: (hash) => {
      if (!SHA256.test(hash)) return null;
      try {
        return readFileSync(place(hash));
      } catch (error) {
        if (isMissing(error)) return null;
        throw translateFault(error, root);
      }
    },
    get: async (hash) => {
      if (!SHA256.test(hash)) return null;
      try {
        return await readOrNull(place(hash));
      } catch (error) {
        throw translateFault(error, root);
      }
    },
  };
};
