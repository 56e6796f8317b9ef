import type { SimpleGit } from "simple-git";
import { messageOf } from "../lib/errors.ts";
import type { GitEnvironment } from "./git.ts";
import { createGit } from "./git.ts";
import { checkedOut, readCommitRef } from "./refs.ts";
import { EMPTY_TREE, generatedTree, peoplesFiles } from "./trees.ts";

/**
 * What became of `main`. `conflict`: nothing was changed, `files` name what stands against it (empty where git could not say).
 * `uncommitted`: the same, because of edits in the working tree that nobody has committed.
 */
export type MainOutcome =
  | { readonly kind: "moved" | "unchanged"; readonly oid: string | null }
  | { readonly kind: "conflict" | "uncommitted"; readonly files: readonly string[] };

/** The branch of people's edits. Nothing here ever overwrites one: what cannot be merged is named and left. */
export interface MainBranch {
  /** The newest commit of mlpipeline's that `main` holds, by itself or merged; null where people alone have written it. */
  readonly generated: () => Promise<string | null>;
  /** Merges what changed between the last generated commit on `main` and `branch` into `main`, and shows it in the working tree. */
  readonly take: (branch: string) => Promise<MainOutcome>;
  /** Merges a commit of the remote's branch into `main`. */
  readonly integrate: (oid: string) => Promise<MainOutcome>;
}

/** Heads of two branches; null where one is not there. */
const readHeads = async (
  git: SimpleGit,
  dir: string,
  ...[one, other]: readonly [string, string]
): Promise<readonly [string | null, string | null]> => [
  await readCommitRef(git, dir, `refs/heads/${one}`),
  await readCommitRef(git, dir, `refs/heads/${other}`),
];

const holds = async (git: SimpleGit, newer: string, older: string): Promise<boolean> => {
  try {
    return (await git.raw(["merge-base", older, newer])).trim() === older;
  } catch {
    return false; // histories without a common commit
  }
};

const mergeBase = async (git: SimpleGit, a: string, b: string): Promise<string | null> => {
  try {
    return (await git.raw(["merge-base", a, b])).trim() || null;
  } catch {
    return null;
  }
};

// `git log` per commit: id, parents, and the trailers that only our own commits carry together.
const FORMAT =
  "--format=%H%x09%P%x09%(trailers:key=Step,valueonly,separator=%x2C)%x09%(trailers:key=Manifest,valueonly,separator=%x2C)";

interface Logged {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly ours: boolean;
}

const readLog = async (git: SimpleGit, from: string): Promise<ReadonlyMap<string, Logged>> =>
  new Map(
    (await git.raw(["log", FORMAT, from]))
      .split("\n")
      .filter((line) => line !== "")
      .map((line): [string, Logged] => {
        const [oid = "", parents = "", step = "", manifest = ""] = line.split("\t");
        const ours = step !== "" && manifest !== "";
        return [oid, { oid, parents: parents.split(" ").filter(Boolean), ours }];
      }),
  );

// Along main's own line: the first commit that is ours, or that merged one of ours.
const newestGenerated = (log: ReadonlyMap<string, Logged>, from: string): string | null => {
  for (let at = log.get(from); at; at = log.get(at.parents[0] ?? "")) {
    if (at.ours) return at.oid;
    const merged = at.parents.slice(1).find((parent) => log.get(parent)?.ours);
    if (merged) return merged;
  }
  return null;
};

/** The tree that a three-way merge gives, or the files on which it does not. Renames are not guessed. */
const mergeTrees = async (
  git: SimpleGit,
  base: string,
  mine: string,
  theirs: string,
): Promise<{ readonly tree: string } | { readonly files: readonly string[] }> => {
  const commit = async (tree: string, parents: readonly string[]) =>
    (await git.raw(["commit-tree", tree, ...parents, "-m", "merge input"])).trim();
  // Commits of these trees with a common parent: git 2.38 takes a base in no other way.
  const root = await commit(base, []);
  const [left, right] = [await commit(mine, ["-p", root]), await commit(theirs, ["-p", root])];
  const said = await git
    .raw([
      ...["-c", "merge.renames=false"],
      ...["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", left, right],
    ])
    .catch((error: unknown) => {
      if (/usage: git merge-tree/i.test(messageOf(error))) return null; // git before 2.38
      throw error;
    });
  if (said === null) return { files: [] };
  const [tree = "", ...files] = said.split("\0").filter((field) => field !== "");
  return files.length > 0 ? { files: [...new Set(files)].sort() } : { tree };
};

const treeOf = async (git: SimpleGit, commit: string): Promise<string> =>
  (await git.raw(["rev-parse", `${commit}^{tree}`])).trim();

/** Moves main from `from` to `to`, which contains it; the working tree follows where main is checked out. */
const moveMain = async (
  git: SimpleGit,
  dir: string,
  from: string | null,
  to: string,
): Promise<MainOutcome> => {
  if ((await checkedOut(git, dir)) !== "refs/heads/main") {
    await git.raw(["update-ref", "refs/heads/main", to, ...(from ? [from] : [])]);
    return { kind: "moved", oid: to };
  }
  try {
    await git.raw(["merge", "--ff-only", "--quiet", to]);
    return { kind: "moved", oid: to };
  } catch (error) {
    const said = messageOf(error);
    if (!/would be (overwritten|removed)|not uptodate|overwritten by/i.test(said)) throw error;
    const files = [...said.matchAll(/^\t(.+)$/gm)].map((match) => match[1] ?? "");
    const named = [...said.matchAll(/'([^']+)' (?:would be overwritten|not uptodate)/g)];
    return { kind: "uncommitted", files: [...files, ...named.map((match) => match[1] ?? "")] };
  }
};

/** The usual case: nobody has brought anything, so nothing is to be merged and the branch's commit is main's next. */
const isOurs = async (
  environment: GitEnvironment,
  git: SimpleGit,
  commit: string,
): Promise<boolean> => (await peoplesFiles(environment, git, commit)).length === 0;

/** Opens `main` of the repository in `dir`. */
export const openMainBranch = (environment: GitEnvironment, dir: string): MainBranch => {
  const git = createGit(environment, dir);
  const head = () => readCommitRef(git, dir, "refs/heads/main");
  const generated = async () => {
    const from = await head();
    return from === null ? null : newestGenerated(await readLog(git, from), from);
  };
  const join = async (from: string, to: string, tree: string, subject: string) => {
    const same = tree === (await treeOf(git, to)) && (await holds(git, to, from));
    const parents = ["-p", from, "-p", to];
    const target = same
      ? to
      : (await git.raw(["commit-tree", tree, ...parents, "-m", subject])).trim();
    return moveMain(git, dir, from, target);
  };
  const take = async (branch: string): Promise<MainOutcome> => {
    const [from, to] = await readHeads(git, dir, "main", branch);
    if (to === null) return { kind: "unchanged", oid: from };
    if (from === null) return moveMain(git, dir, null, to);
    const common = await mergeBase(git, from, to);
    if (common === to) return { kind: "unchanged", oid: from };
    const last = newestGenerated(await readLog(git, from), from);
    const untouched = last === from && common === from && (await isOurs(environment, git, from));
    if (untouched) return moveMain(git, dir, from, to);
    const base = last === null ? EMPTY_TREE : await generatedTree(environment, dir, last);
    const mine = await treeOf(git, from);
    const theirs = await generatedTree(environment, dir, to);
    const merged = mine === base ? { tree: theirs } : await mergeTrees(git, base, mine, theirs);
    if ("files" in merged) return { kind: "conflict", files: merged.files };
    return join(from, to, merged.tree, `Merge ${branch}`);
  };
  const integrate = async (oid: string): Promise<MainOutcome> => {
    const from = await head();
    if (from === null) return moveMain(git, dir, null, oid);
    if (await holds(git, from, oid)) return { kind: "unchanged", oid: from };
    if (await holds(git, oid, from)) return moveMain(git, dir, from, oid);
    const common = await mergeBase(git, from, oid);
    const base = common === null ? EMPTY_TREE : await treeOf(git, common);
    const merged = await mergeTrees(git, base, await treeOf(git, from), await treeOf(git, oid));
    if ("files" in merged) return { kind: "conflict", files: merged.files };
    return join(from, oid, merged.tree, "Merge the remote's branch");
  };
  return { generated, take, integrate };
};
