import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SimpleGit } from "simple-git";
import type { GitEnvironment } from "./git.ts";
import { createGit } from "./git.ts";
import { type GitFiles, stageFiles } from "./git-tree.ts";
import type { MainBranch } from "./main-branch.ts";
import { openMainBranch } from "./main-branch.ts";
import { readCommitRef, readRef } from "./refs.ts";
import {
  addEntries,
  EMPTY_TREE,
  generatedTree,
  peoplesFiles,
  rememberPeoplesFiles,
  withIndex,
} from "./trees.ts";

/** A commit to be made: `files` are its whole tree; `trailers` end the message and find it again. */
export interface CommitTree {
  readonly branch: string;
  readonly files: GitFiles;
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
  /** Stores the files as a git tree without a commit and gives its id. */
  readonly treeOf: (files: GitFiles) => Promise<string>;
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

const messageOfCommit = (request: Pick<CommitTree, "subject" | "body" | "trailers">): string =>
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

const createCommit =
  (
    environment: GitEnvironment,
    dir: string,
    parentOf: (branch: string) => Promise<string | null>,
  ) =>
  ({ author, branch, files, ...request }: CommitTree): Promise<string> =>
    withIndex(environment, dir, { GIT_AUTHOR_NAME: author }, async (git, place) => {
      const parent = await parentOf(branch);
      await stageFiles(git, place, files);
      // What people brought stays beside what was generated; a path that both have is ours here and a conflict on main.
      const carried = parent ? await peoplesFiles(environment, git, parent) : [];
      const brought = carried.filter((entry) => !files.has(entry.path));
      await addEntries(git, brought);
      const tree = (await git.raw(["write-tree"])).trim();
      const message = messageOfCommit(request);
      const parents = parent ? ["-p", parent] : [];
      const oid = (await git.raw(["commit-tree", tree, ...parents, "-m", message])).trim();
      rememberPeoplesFiles(environment, oid, brought);
      await git.raw(["update-ref", `refs/heads/${branch}`, oid]);
      return oid;
    });

const createTag =
  (git: SimpleGit, dir: string): Repository["tag"] =>
  async (name, oid, message) => {
    const ref = `refs/tags/${name}`;
    const format = "--format=%(objectname) %(*objectname)";
    const [known = "", target = ""] = (await git.raw(["for-each-ref", format, ref]))
      .trim()
      .split(" ");
    if (target === oid) return known;
    await git.raw(["tag", "--force", "--annotate", name, oid, "-m", message]);
    return readRef(git, dir, ref);
  };

const exists = (dir: string): boolean => existsSync(join(dir, ".git", "HEAD"));

// Made aside and moved into place whole: a worker and a surface may open a new repository at the same time.
const create = async (environment: GitEnvironment, dir: string): Promise<void> => {
  const draft = await mkdtemp(join(dir, ".init-"));
  try {
    await createGit(environment, draft).raw(["init", "--quiet", "--initial-branch=main"]);
    await rename(join(draft, ".git"), join(dir, ".git"));
  } catch (error) {
    if (!exists(dir)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

/** Opens the repository in `dir`, creating it (branch `main`) when it is not there. */
export const openRepository = async (
  environment: GitEnvironment,
  dir: string,
): Promise<Repository> => {
  await mkdir(dir, { recursive: true });
  const git = createGit(environment, dir);
  if (!exists(dir)) await create(environment, dir);
  const head = (branch: string) => readCommitRef(git, dir, `refs/heads/${branch}`);
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
    treeOf: (files) =>
      withIndex(environment, dir, {}, async (one, place) => {
        await stageFiles(one, place, files);
        return (await one.raw(["write-tree"])).trim();
      }),
    findByTrailers: async (branch, trailers) => {
      const fields = trailers.map(([key]) => `%(trailers:key=${key},valueonly,separator=%x2C)`);
      const format = `--format=%H%x09${fields.join("%x09")}`;
      const wanted = trailers.map(([, value]) => value).join("\t");
      const text = await orNull(git.raw(["log", format, `refs/heads/${branch}`, "--"]));
      const found = text?.split("\n").find((line) => line.slice(line.indexOf("\t") + 1) === wanted);
      return found?.split("\t")[0] ?? null;
    },
    tag: createTag(git, dir),
    diffStat: async (from, to) =>
      parseStat(await git.raw(["diff", "--numstat", from ?? EMPTY_TREE, to])),
    diff: (from, to) => git.raw(["diff", "--no-color", from ?? EMPTY_TREE, to]),
    main,
  };
};
