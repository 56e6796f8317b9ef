import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { createGit, type GitEnvironment } from "./git.ts";

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
  const read = (text: string) => text.split("\n").filter((line) => line !== "");
  const tags = read(
    await git.raw(["for-each-ref", "--format=%(refname:strip=2)", `refs/tags/${branch}/`]),
  );
  const main = read(await git.raw(["for-each-ref", "--format=%(refname)", "refs/heads/main"]));
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
  const commit = (await git.raw(["rev-parse", `refs/heads/${branch}^{commit}`])).trim();
  return { commit, tags };
};
