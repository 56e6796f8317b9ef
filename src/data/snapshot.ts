import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isProductError, RetryableError } from "../lib/errors.ts";
import type { NewId } from "../lib/id.ts";

/** A content-addressed copy of a dataset. */
export interface Snapshot {
  readonly sha256: string;
  readonly bytes: number;
  readonly path: string;
}

/** Where the copy of bytes with this hash lies, whether or not it exists. */
export const snapshotPath = (home: string, sha256: string): string =>
  join(home, "snapshots", sha256);

const FULL = new Set(["ENOSPC", "EDQUOT"]);

const translate = (error: unknown): unknown => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!FULL.has(code) || isProductError(error)) return error;
  return new RetryableError("DISK_FULL", "There is no space left for the snapshot.", {
    retryAfterMs: 60_000,
    expected: "room for a copy of the dataset",
    got: code,
    next: "Free space in the home folder; the step is tried again.",
    cause: error,
  });
};

/** Copies `from` to `to` while hashing, flushed to the disk. */
const copyHashed = async (
  from: string,
  to: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> => {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(to, "wx");
  try {
    for await (const piece of createReadStream(from, { highWaterMark: 1 << 20 })) {
      const chunk = piece as Buffer;
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), bytes };
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
};

/**
 * Copies a file to `<home>/snapshots/<sha256>`, whole or not at all, never over one that is there. The same bytes give the same path.
 * RetryableError DISK_FULL.
 */
export const takeSnapshot = async (path: string, home: string, newId: NewId): Promise<Snapshot> => {
  const folder = join(home, "snapshots");
  const partial = join(folder, `.partial-${newId()}`);
  try {
    await mkdir(folder, { recursive: true });
    const { sha256, bytes } = await copyHashed(path, partial);
    const kept = snapshotPath(home, sha256);
    if (!existsSync(kept)) await rename(partial, kept);
    await syncFolder(dirname(kept));
    return { sha256, bytes, path: kept };
  } catch (error) {
    throw translate(error);
  } finally {
    await rm(partial, { force: true });
  }
};
