import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UserInputError } from "../../lib/errors.ts";
import { copyDatabase } from "../../store/copy-database.ts";
import type { Home } from "../home.ts";
import { packArchive } from "./archive.ts";
import { writeContents } from "./contents.ts";
import { type Skipped, stage } from "./stage.ts";

export interface BackupDeps {
  readonly home: Home;
  /** Where `tar` is found. */
  readonly path: string;
  readonly version: string;
  readonly nowMs: () => number;
  readonly newId: () => string;
}

export interface BackupMade {
  readonly file: string;
  readonly bytes: number;
  readonly files: number;
  /** True when the home's secret key is inside: whoever has the file can then act as this home. */
  readonly secretKey: boolean;
  /** Symbolic links in repositories, which are not kept. */
  readonly linksSkipped: number;
}

const SECRET = "secret.key";
const HALF_WRITTEN = /(\.tmp|\.partial|\.lock|\.new)$|(^|\/)(\.partial-|index-|tmp_obj_|tmp_pack_)/;
// Names of their own bytes: never written twice.
const IMMUTABLE = /^(blobs|snapshots|bundles)\/|\/\.git\/objects\//;
const REMAKEABLE = /(^|\/)(\.venv|__pycache__)(\/|$)/;

const COPY = {
  wanted: (path: string) => !HALF_WRITTEN.test(path) && !REMAKEABLE.test(path),
  immutable: (path: string) => IMMUTABLE.test(path),
};

/** In this order a copy that is taken while git works is whole: whatever a ref names was stored before the ref was read. */
const GIT_FIRST = [".git/HEAD", ".git/packed-refs", ".git/refs"];

const stageRepositories = async (home: string, to: string, skipped: Skipped): Promise<void> => {
  const repositories = await readdir(join(home, "repos")).catch(() => []);
  for (const name of repositories.sort()) {
    for (const first of GIT_FIRST) await stage(home, to, `repos/${name}/${first}`, COPY, skipped);
    await stage(home, to, `repos/${name}`, COPY, skipped);
  }
};

const stageAll = async (deps: BackupDeps, to: string, withSecretKey: boolean): Promise<Skipped> => {
  const skipped: Skipped = { links: 0 };
  const home = deps.home.dir;
  // The database first: blobs and commits are on disk before a transaction names them, so all it names is still to come.
  await copyDatabase(deps.home.database, join(to, "mlpipeline.db"));
  for (const path of ["mlpipeline.yml", "blobs", "snapshots", "trained", "bundles"])
    await stage(home, to, path, COPY, skipped);
  await stageRepositories(home, to, skipped);
  if (withSecretKey) await stage(home, to, SECRET, COPY, skipped);
  return skipped;
};

/**
 * Writes a backup of the home while it is in use: database as of one moment, blobs, snapshots, repositories, trained models and
 * bundles. Left out is what is made again: environments, caches, attempt folders. UserInputError FILE_EXISTS, NO_HOME.
 */
export const backupHome = async (
  deps: BackupDeps,
  target: string,
  options: { readonly secretKey: boolean },
): Promise<BackupMade> => {
  const file = resolve(target);
  if (existsSync(file))
    throw new UserInputError("FILE_EXISTS", `${file} is there already`, {
      next: "give another name; a backup never replaces a file",
    });
  if (!existsSync(deps.home.database))
    throw new UserInputError("NO_HOME", `${deps.home.dir} holds nothing to back up`, {
      next: "set MLPIPELINE_HOME to the home that is meant",
    });
  const dir = join(deps.home.tmp, `backup-${deps.newId()}`);
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o700);
  await mkdir(dirname(file), { recursive: true });
  try {
    const skipped = await stageAll(deps, dir, options.secretKey);
    const secretKey = existsSync(join(dir, SECRET));
    const contents = await writeContents(dir, {
      generator: `mlpipeline ${deps.version}`,
      at: new Date(deps.nowMs()).toISOString(),
      secret_key: secretKey,
    });
    await packArchive(deps.path, dir, file);
    const { size } = await stat(file);
    const { links } = skipped;
    return { file, bytes: size, files: contents.files.length, secretKey, linksSkipped: links };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
