import { copyFile, link, lstat, mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

const codeOf = (error: unknown): string =>
  String((error as { readonly code?: unknown } | null)?.code ?? "");

const CANNOT_LINK = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP"]);

interface Copy {
  /** False for what is being written at this moment or can be made again. */
  readonly wanted: (path: string) => boolean;
  /** True where bytes never change in place, so that a link is a copy. */
  readonly immutable: (path: string) => boolean;
}

/** What was met and has no place in a backup. */
export interface Skipped {
  links: number;
}

const place = async (from: string, to: string, linked: boolean): Promise<void> => {
  await mkdir(dirname(to), { recursive: true });
  if (linked) {
    try {
      await link(from, to);
      return;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return;
      if (!CANNOT_LINK.has(codeOf(error))) throw error;
    }
  }
  await copyFile(from, to);
};

/**
 * Brings `from/path` and everything below it to `to/path`. What is there already stays, what vanishes meanwhile is left out, and
 * symbolic links are counted and skipped.
 */
export const stage = async (
  from: string,
  to: string,
  path: string,
  copy: Copy,
  skipped: Skipped,
): Promise<void> => {
  if (!copy.wanted(path)) return;
  try {
    const info = await lstat(join(from, path));
    if (info.isSymbolicLink()) skipped.links += 1;
    else if (info.isFile()) await placeOnce(join(from, path), join(to, path), copy.immutable(path));
    else if (info.isDirectory()) {
      await mkdir(join(to, path), { recursive: true });
      for (const name of (await readdir(join(from, path))).sort())
        await stage(from, to, `${path}/${name}`, copy, skipped);
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
};

const placeOnce = async (from: string, to: string, linked: boolean): Promise<void> => {
  const there = await lstat(to).then(
    () => true,
    () => false,
  );
  if (!there) await place(from, to, linked);
};
