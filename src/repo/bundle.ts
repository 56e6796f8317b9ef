import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { createGit, type GitEnvironment } from "./git.ts";
import { readRef } from "./refs.ts";

const syncPath = async (path: string): Promise<void> => {
  const handle = await open(path, "r");
  await handle.sync().finally(() => handle.close());
};

/**
 * Writes `branch` with its tags (`<branch>/…`), and `main` where it exists, as one git bundle that `git clone` reads. Whole or
 * not at all; an older bundle in that place is replaced. Gives the commit of the branch. Git's own errors are thrown as they are.
 */
export const writeBundle = async (
  environment: GitEnvironment,
  dir: string,
  branch: string,
  file: string,
): Promise<{ readonly commit: string; readonly tags: readonly string[] }> => {
  const git = createGit(environment, dir);
  const listed = ["refs/heads/main", `refs/tags/${branch}/`];
  const refs = (await git.raw(["for-each-ref", "--format=%(refname)", ...listed]))
    .split("\n")
    .filter((line) => line !== "");
  const main = refs.filter((ref) => ref === "refs/heads/main");
  const tags = refs
    .filter((ref) => ref.startsWith("refs/tags/"))
    .map((ref) => ref.slice("refs/tags/".length));
  const partial = `${file}.partial`;
  await mkdir(dirname(file), { recursive: true });
  await git.raw([
    "bundle",
    "create",
    "--quiet",
    partial,
    `refs/heads/${branch}`,
    ...main,
    ...(main.length > 0 ? ["HEAD"] : []),
    ...tags.map((tag) => `refs/tags/${tag}`),
  ]);
  await syncPath(partial);
  await rename(partial, file);
  await syncPath(dirname(file));
  const commit = await readRef(git, dir, `refs/heads/${branch}`);
  return { commit, tags };
};
