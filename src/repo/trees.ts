import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SimpleGit } from "simple-git";
import type { GitEnvironment, TreeEntry } from "./git.ts";
import { createGit } from "./git.ts";
import type { GitPlace } from "./git-tree.ts";

/** Git's hash of a tree without entries. */
export const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const LOCK = "pipeline.lock.json";
/** Paths per call, so that the longest command line is not reached. */
const BATCH = 200;
/** Commits whose brought files are remembered at once. */
const REMEMBERED = 1000;

/** Runs `use` with a git client whose index is a file of its own, so that the repository's working tree stays as it is. */
export const withIndex = async <T>(
  environment: GitEnvironment,
  dir: string,
  extra: Readonly<Record<string, string>>,
  use: (git: SimpleGit, place: GitPlace) => Promise<T>,
): Promise<T> => {
  const gitDir = join(resolve(dir), ".git");
  const scratch = await mkdtemp(join(gitDir, "index-"));
  const git = createGit(environment, dir, {
    GIT_DIR: gitDir,
    GIT_INDEX_FILE: join(scratch, "index"),
    ...extra,
  });
  try {
    return await use(git, { gitDir, scratch });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const batches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, at) =>
    items.slice(at * BATCH, (at + 1) * BATCH),
  );

const entriesOf = async (git: SimpleGit, commit: string): Promise<readonly TreeEntry[]> =>
  (await git.raw(["ls-tree", "-r", "-z", "--full-tree", commit]))
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", , oid = ""] = line.slice(0, tab).split(" ");
      return { mode, oid, path: line.slice(tab + 1) };
    });

const lockedPaths = (text: string): ReadonlySet<string> => {
  const lock = JSON.parse(text) as { readonly files?: readonly { readonly path: string }[] };
  return new Set([LOCK, ...(lock.files ?? []).map((file) => file.path)]);
};

const readPeoplesFiles = async (git: SimpleGit, commit: string): Promise<readonly TreeEntry[]> => {
  const entries = await entriesOf(git, commit);
  const lock = entries.find((entry) => entry.path === LOCK);
  if (!lock) return entries;
  try {
    const ours = lockedPaths(await git.raw(["cat-file", "blob", lock.oid]));
    return entries.filter((entry) => !ours.has(entry.path));
  } catch {
    return entries;
  }
};

/** Keeps what people brought into a commit, so that it is not read again. */
export const rememberPeoplesFiles = (
  { carried }: GitEnvironment,
  commit: string,
  entries: readonly TreeEntry[],
): void => {
  if (carried.size >= REMEMBERED) carried.clear();
  carried.set(commit, entries);
};

/**
 * Files of a commit that people brought: all that its `pipeline.lock.json` does not list, or every file where there is no lock.
 * A lock that cannot be read belongs to a person too.
 */
export const peoplesFiles = async (
  environment: GitEnvironment,
  git: SimpleGit,
  commit: string,
): Promise<readonly TreeEntry[]> => {
  const known = environment.carried.get(commit);
  if (known) return known;
  const entries = await readPeoplesFiles(git, commit);
  rememberPeoplesFiles(environment, commit, entries);
  return entries;
};

/** Adds entries to the index of `git`. */
export const addEntries = async (git: SimpleGit, entries: readonly TreeEntry[]): Promise<void> => {
  for (const batch of batches(entries)) {
    const infos = batch.flatMap(({ mode, oid, path }) => ["--cacheinfo", `${mode},${oid},${path}`]);
    await git.raw(["update-index", "--add", ...infos]);
  }
};

/** The tree of a commit without what people brought: what mlpipeline itself made. */
export const generatedTree = async (
  environment: GitEnvironment,
  dir: string,
  commit: string,
): Promise<string> => {
  const plain = createGit(environment, dir);
  const carried = await peoplesFiles(environment, plain, commit);
  if (carried.length === 0) return (await plain.raw(["rev-parse", `${commit}^{tree}`])).trim();
  return withIndex(environment, dir, {}, async (git) => {
    await git.raw(["read-tree", commit]);
    for (const batch of batches(carried))
      await git.raw(["update-index", "--force-remove", "--", ...batch.map(({ path }) => path)]);
    return (await git.raw(["write-tree"])).trim();
  });
};
