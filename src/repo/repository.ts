import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SimpleGit } from "simple-git";
import type { GitEnvironment } from "./git.ts";
import { createGit } from "./git.ts";

/** A commit to be made: the whole tree lies in the folder `tree`; `trailers` end the message and find it again. */
export interface CommitTree {
  readonly branch: string;
  readonly tree: string;
  readonly author: string;
  readonly subject: string;
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

/** Size of a change between two commits. */
export interface DiffStat {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}

/** The git repository of one pipeline. Every method may be repeated; git's own errors are thrown as they are. */
export interface Repository {
  readonly dir: string;
  /** Commits the tree on top of `branch` (made from `main` when absent) and gives the commit id. The branch moves last. */
  readonly commit: (request: CommitTree) => Promise<string>;
  /** The newest commit of `branch` whose trailer `key` is `value`, or null. */
  readonly findByTrailer: (branch: string, key: string, value: string) => Promise<string | null>;
  readonly head: (branch: string) => Promise<string | null>;
  /** Annotated tag on a commit; a tag of that name on the same commit is left as it is. */
  readonly tag: (name: string, oid: string, message: string) => Promise<string>;
  /** Size of the change from a commit or tree (null: nothing) to another. */
  readonly diffStat: (from: string | null, to: string) => Promise<DiffStat>;
  /** The same change as a unified diff; binary files are only named. */
  readonly diff: (from: string | null, to: string) => Promise<string>;
  /** Stores the folder `tree` as a git tree without a commit and gives its id. */
  readonly treeOf: (tree: string) => Promise<string>;
  /** Moves `main` to the branch where that is a fast-forward and shows it in the working tree; says whether it did. */
  readonly publish: (branch: string) => Promise<"published" | "diverged">;
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"; // git's hash of a tree without entries

const orNull = async (read: Promise<string>): Promise<string | null> => {
  try {
    const text = (await read).trim();
    return text === "" ? null : text;
  } catch {
    return null; // git answers an unknown name with an error: for these reads that means "not there"
  }
};

const messageOfCommit = (request: CommitTree): string =>
  [
    request.subject,
    ...(request.body === "" ? [] : [request.body]),
    request.trailers.map(([key, value]) => `${key}: ${value}`).join("\n"),
  ].join("\n\n");

const parseStat = (text: string): DiffStat => {
  const rows = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t").map(Number));
  const sum = (column: number) =>
    rows.reduce((total, row) => total + (Number.isFinite(row[column]) ? (row[column] ?? 0) : 0), 0);
  return { files: rows.length, added: sum(0), removed: sum(1) };
};

/** Runs `use` with a git client whose index is a file of its own, so that the repository's working tree stays as it is. */
const withTree = async <T>(
  environment: GitEnvironment,
  dir: string,
  tree: string,
  author: string,
  use: (git: SimpleGit, treeId: string) => Promise<T>,
): Promise<T> => {
  const gitDir = join(resolve(dir), ".git");
  const index = await mkdtemp(join(gitDir, "index-"));
  const git = createGit(environment, tree, {
    GIT_DIR: gitDir,
    GIT_WORK_TREE: tree,
    GIT_INDEX_FILE: join(index, "index"),
    GIT_AUTHOR_NAME: author,
  });
  try {
    await git.raw(["add", "--all", "--force", "."]);
    return await use(git, (await git.raw(["write-tree"])).trim());
  } finally {
    await rm(index, { recursive: true, force: true });
  }
};

const createCommit =
  (environment: GitEnvironment, dir: string, head: Repository["head"]) =>
  (request: CommitTree): Promise<string> =>
    withTree(environment, dir, request.tree, request.author, async (git, tree) => {
      const parent = (await head(request.branch)) ?? (await head("main"));
      const message = messageOfCommit(request);
      const parents = parent ? ["-p", parent] : [];
      const oid = (await git.raw(["commit-tree", tree, ...parents, "-m", message])).trim();
      await git.raw(["update-ref", `refs/heads/${request.branch}`, oid]);
      return oid;
    });

/** Opens the repository in `dir`, creating it (branch `main`) when it is not there. */
export const openRepository = async (
  environment: GitEnvironment,
  dir: string,
): Promise<Repository> => {
  await mkdir(dir, { recursive: true });
  const git = createGit(environment, dir);
  await git.raw(["init", "--quiet", "--initial-branch=main"]);
  const head = (branch: string) =>
    orNull(git.raw(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}^{commit}`]));
  const isAncestor = async (older: string, newer: string) =>
    (await git.raw(["merge-base", older, newer])).trim() === older;
  return {
    dir,
    head,
    commit: createCommit(environment, dir, head),
    treeOf: (tree) => withTree(environment, dir, tree, "mlpipeline", async (_git, id) => id),
    findByTrailer: async (branch, key, value) => {
      if ((await head(branch)) === null) return null;
      const format = `--format=%H%x09%(trailers:key=${key},valueonly,separator=%x2C)`;
      const lines = (await git.raw(["log", format, branch])).split("\n");
      const found = lines.find((line) => line.split("\t")[1] === value);
      return found?.split("\t")[0] ?? null;
    },
    tag: async (name, oid, message) => {
      const known = await orNull(
        git.raw(["rev-parse", "--verify", "--quiet", `refs/tags/${name}^{commit}`]),
      );
      if (known !== oid) await git.raw(["tag", "--force", "--annotate", name, oid, "-m", message]);
      return (await git.raw(["rev-parse", `refs/tags/${name}`])).trim();
    },
    diffStat: async (from, to) =>
      parseStat(await git.raw(["diff", "--numstat", from ?? EMPTY_TREE, to])),
    diff: (from, to) => git.raw(["diff", "--no-color", from ?? EMPTY_TREE, to]),
    publish: async (branch) => {
      const [from, to] = [await head("main"), await head(branch)];
      if (to === null) return "diverged";
      if (from !== null && !(await isAncestor(from, to))) return "diverged";
      // A working tree with people's own edits is left alone: git refuses the merge and says so.
      const dirty =
        (await git.raw(["status", "--porcelain", "--untracked-files=no"])).trim() !== "";
      if (from !== null && dirty) return "diverged";
      await git.raw(["reset", "--hard", "--quiet", to]);
      return "published";
    },
  };
};
