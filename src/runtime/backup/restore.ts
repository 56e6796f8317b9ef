import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UserInputError } from "../../lib/errors.ts";
import { unpackArchive } from "./archive.ts";
import { CONTENTS, checkContents } from "./contents.ts";

export interface RestoreDeps {
  readonly homeDir: string;
  /** Where `tar` is found. */
  readonly path: string;
  readonly newId: () => string;
}

export interface Restored {
  readonly home: string;
  readonly generator: string;
  /** When the backup was taken, ISO 8601. */
  readonly at: string;
  readonly files: number;
  readonly secretKey: boolean;
}

const refuseUsed = async (home: string): Promise<void> => {
  const found = await readdir(home).catch(() => []);
  if (found.length === 0) return;
  throw new UserInputError("HOME_NOT_EMPTY", `${home} is in use`, {
    expected: "a home that is empty or not there yet",
    got: found.slice(0, 5).join(", "),
    next: "set MLPIPELINE_HOME to an empty folder; nothing is ever restored over a home",
  });
};

/**
 * Restores a backup into an empty home: unpacked beside it, every file held against its hash, then moved into place whole.
 * UserInputError HOME_NOT_EMPTY, BACKUP_NOT_FOUND, BACKUP_INVALID, BACKUP_DAMAGED, BACKUP_NEWER.
 */
export const restoreHome = async (deps: RestoreDeps, source: string): Promise<Restored> => {
  const file = resolve(source);
  const home = resolve(deps.homeDir);
  if (!existsSync(file))
    throw new UserInputError("BACKUP_NOT_FOUND", `there is no ${file}`, { next: "check the path" });
  await refuseUsed(home);
  const dir = `${home}.restore-${deps.newId()}`;
  await mkdir(dirname(home), { recursive: true });
  await mkdir(dir, { mode: 0o700 });
  try {
    await unpackArchive(deps.path, file, dir);
    const contents = await checkContents(dir);
    await rm(join(dir, CONTENTS));
    if (existsSync(home)) await rmdir(home);
    await rename(dir, home);
    const { at, files, generator, secret_key } = contents;
    return { home, generator, at, files: files.length, secretKey: secret_key };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
