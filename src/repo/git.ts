import type { SimpleGit } from "simple-git";
import { simpleGit } from "simple-git";

/** An ordinary entry of a git tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
  readonly path: string;
}

/**
 * How git runs for us: the search path for the binary, and nothing of the person's own configuration. `carried` remembers what
 * people brought into a commit, by commit id, whose content never changes.
 */
export interface GitEnvironment {
  readonly path: string;
  readonly carried: Map<string, readonly TreeEntry[]>;
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

const baseEnvironment = (environment: GitEnvironment) => ({
  PATH: environment.path,
  HOME: "/nonexistent",
  LC_ALL: "C.UTF-8",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_COMMITTER_NAME: "mlpipeline",
  GIT_COMMITTER_EMAIL: "mlpipeline@localhost",
  GIT_AUTHOR_NAME: "mlpipeline",
  GIT_AUTHOR_EMAIL: "mlpipeline@localhost",
});

/** A git client in `baseDir` with a clean environment plus `extra`. Hooks and configuration of the machine do not apply. */
export const createGit = (
  environment: GitEnvironment,
  baseDir: string,
  extra: Readonly<Record<string, string>> = {},
): SimpleGit =>
  simpleGit({ baseDir, allowEnvironment: [...PASSED] }).env({
    ...baseEnvironment(environment),
    ...extra,
  });

const REMOTE_KEYS = ["GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GIT_SSL_CAINFO"] as const;
/** A remote that says nothing for so long is given up. */
const SILENT_MS = 60_000;

/** As `createGit`, for talking to a remote: `extra` is the environment of `remoteEnvironment`. Ends when the signal aborts. */
export const createRemoteGit = (
  environment: GitEnvironment,
  baseDir: string,
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
): SimpleGit => {
  const indexed = Object.keys(extra).filter((key) => /^GIT_CONFIG_(KEY|VALUE)_\d+$/.test(key));
  return simpleGit({
    baseDir,
    abort: signal,
    timeout: { block: SILENT_MS },
    allowEnvironment: [...PASSED, ...REMOTE_KEYS, ...indexed],
    // Both hold constants of ours and a token, nothing that came from a person or from data.
    unsafe: { allowUnsafeConfigEnvCount: true, allowUnsafeSshCommand: true },
  }).env({ ...baseEnvironment(environment), ...extra });
};
