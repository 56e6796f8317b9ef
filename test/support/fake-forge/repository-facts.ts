import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const git = (dir: string, ...args: string[]): string | null => {
  try {
    return execFileSync("git", ["-C", dir, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
};

/** What a forge knows of a repository when a pull request is asked for. */
export interface RepositoryFacts {
  readonly exists: boolean;
  readonly branch: (name: string) => string | null;
  /** Commits that `head` has and `base` has not; null where they share no history. */
  readonly commitsBetween: (base: string, head: string) => number | null;
}

export const factsOf = (root: string, project: string): RepositoryFacts => {
  const dir = join(root, `${project}.git`);
  return {
    exists: existsSync(dir),
    branch: (name) => git(dir, "rev-parse", "--verify", "--quiet", `refs/heads/${name}`),
    commitsBetween: (base, head) => {
      if (git(dir, "merge-base", base, head) === null) return null;
      return Number(git(dir, "rev-list", "--count", `${base}..${head}`));
    },
  };
};
