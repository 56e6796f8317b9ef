import { mkdir } from "node:fs/promises";
import type { SimpleGit } from "simple-git";
import type { GitEnvironment } from "./git.ts";
import { createGit } from "./git.ts";
import type { MainBranch } from "./main-branch.ts";
import { openMainBranch } from "./main-branch.ts";
import { addEntries, EMPTY_TREE, generatedTree, peoplesFiles, withIndex } from "./trees.ts";

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
  /**
   * Commits the tree on top of `branch` and gives the commit id; the branch moves last. A new branch starts from the last
   * generated commit that `main` holds, so that a merge sees people's edits as theirs, else from `main`.
   */
  readonly commit: (request: CommitTree) => Promise<string>;
  /** The newest commit that `branch` holds whose trailers have all these values, or null. */
  readonly findByTrailers: (
    branch: string,
    trailers: CommitTree["trailers"],
  ) => Promise<string | null>;
  readonly head: (branch: string) => Promise<string | null>;
  /** What mlpipeline made in the commit that the next one on `branch` follows, as a tree; null where there is none. */
  readonly generatedBefore: (branch: string) => Promise<string | null>;
  /** Annotated tag on a commit; a tag of that name on the same commit is left as it is. */
  readonly tag: (name: string, oid: string, message: string) => Promise<string>;
  /** Size of the change from a commit or tree (null: nothing) to another. */
  readonly diffStat: (from: string | null, to: string) => Promise<DiffStat>;
  /** The same change as a unified diff; binary files are only named. */
  readonly diff: (from: string | null, to: string) => Promise<string>;
  /** Stores the folder `tree` as a git tree without a commit and gives its id. */
  readonly treeOf: (tree: string) => Promise<string>;
  readonly main: MainBranch;
}

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

const withTree = <T>(
  environment: GitEnvironment,
  dir: string,
  tree: string,
  author: string,
  use: (git: SimpleGit) => Promise<T>,
): Promise<T> =>
  withIndex(
    environment,
    dir,
    { GIT_WORK_TREE: tree, GIT_AUTHOR_NAME: author },
    async (git): Promise<T> => {
      await git.raw(["add", "--all", "--force", "."]);
      return use(git);
    },
  );

const createCommit =
  (
    environment: GitEnvironment,
    dir: string,
    parentOf: (branch: string) => Promise<string | null>,
  ) =>
  (request: CommitTree): Promise<string> =>
    withTree(environment, dir, request.tree, request.author, async (git) => {
      const parent = await parentOf(request.branch);
      // What people brought stays beside what was generated; a path that both have is ours here and a conflict on main.
      if (parent) await addEntries(git, await peoplesFiles(git, parent));
      const tree = (await git.raw(["write-tree"])).trim();
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
  const main = openMainBranch(environment, dir);
  const parentOf = async (branch: string) =>
    (await head(branch)) ?? (await main.generated()) ?? (await head("main"));
  return {
    dir,
    head,
    generatedBefore: async (branch) => {
      const parent = await parentOf(branch);
      return parent === null ? null : generatedTree(environment, dir, parent);
    },
    commit: createCommit(environment, dir, parentOf),
    treeOf: (tree) =>
      withTree(environment, dir, tree, "mlpipeline", async (one) =>
        (await one.raw(["write-tree"])).trim(),
      ),
    findByTrailers: async (branch, trailers) => {
      if ((await head(branch)) === null) return null;
      const fields = trailers.map(([key]) => `%(trailers:key=${key},valueonly,separator=%x2C)`);
      const format = `--format=%H%x09${fields.join("%x09")}`;
      const wanted = trailers.map(([, value]) => value).join("\t");
      const lines = (await git.raw(["log", format, branch])).split("\n");
      const found = lines.find((line) => line.slice(line.indexOf("\t") + 1) === wanted);
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
    main,
  };
};
