import type { SimpleGit } from "simple-git";
import { simpleGit } from "simple-git";

/** How git runs for us: the search path for the binary, and nothing of the person's own configuration. */
export interface GitEnvironment {
  readonly path: string;
}

const PASSED = [
  "PATH",
  "HOME",
  "LC_ALL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_AUTHOR_NAME",
  "GIT_AUTHOR_EMAIL",
  "GIT_COMMITTER_NAME",
  "GIT_COMMITTER_EMAIL",
  "GIT_TERMINAL_PROMPT",
] as const;

/** A git client in `baseDir` with a clean environment plus `extra`. Hooks and configuration of the machine do not apply. */
export const createGit = (
  environment: GitEnvironment,
  baseDir: string,
  extra: Readonly<Record<string, string>> = {},
): SimpleGit =>
  simpleGit({ baseDir, allowEnvironment: [...PASSED] }).env({
    PATH: environment.path,
    HOME: "/nonexistent",
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_COMMITTER_NAME: "mlpipeline",
    GIT_COMMITTER_EMAIL: "mlpipeline@localhost",
    GIT_AUTHOR_NAME: "mlpipeline",
    GIT_AUTHOR_EMAIL: "mlpipeline@localhost",
    ...extra,
  });
