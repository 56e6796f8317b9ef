import type { SimpleGit } from "simple-git";
import { messageOf } from "../lib/errors.ts";
import type { Remote } from "../spec/remote.ts";
import { type RemoteAccess, redactSecrets, remoteEnvironment } from "./access.ts";
import { createRemoteGit, type GitEnvironment } from "./git.ts";

/** A ref that the remote has at another commit than ours, which a push without force cannot move. */
export interface DivergedRef {
  readonly ref: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Why a remote could not be used, in words for a person, with what to do. `waits`: it may pass by itself. */
export interface RemoteFault {
  readonly code:
    | "REMOTE_DIVERGED"
    | "REMOTE_REFUSED"
    | "REMOTE_DENIED"
    | "REMOTE_NOT_FOUND"
    | "REMOTE_UNREACHABLE";
  readonly message: string;
  readonly next: string;
}

export type Pushed =
  | { readonly ok: true; readonly commit: string; readonly tags: readonly string[] }
  | { readonly ok: false; readonly fault: RemoteFault };

export type Fetched =
  | { readonly ok: true; readonly oid: string | null }
  | { readonly ok: false; readonly fault: RemoteFault };

/** One repository's remote. Every method may be repeated, none throws for what the remote does, none ever forces. */
export interface RemoteRepository {
  /** Pushes `branch` and its tags (`<branch>/…`); what the remote has already is left. Nothing goes when one of them has diverged. */
  readonly push: (branch: string) => Promise<Pushed>;
  /** Brings the remote's `branch` to `refs/remotes/remote/<branch>` and gives its commit, null where the remote has none. */
  readonly fetch: (branch: string) => Promise<Fetched>;
}

const TRACKING = "refs/remotes/remote";

/** The ref that holds the remote's branch as last fetched. */
export const trackingRef = (branch: string): string => `${TRACKING}/${branch}`;

const parseRefs = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split("\n")
      .filter((line) => /^[0-9a-f]{40,64}\s/.test(line))
      .map((line): [string, string] => {
        const [oid = "", ref = ""] = line.split(/\s+/);
        return [ref, oid];
      })
      .filter(([ref]) => !ref.endsWith("^{}")),
  );

const localRefs = async (git: SimpleGit, branch: string): Promise<ReadonlyMap<string, string>> =>
  parseRefs(
    await git.raw([
      "for-each-ref",
      "--format=%(objectname) %(refname)",
      `refs/heads/${branch}`,
      `refs/tags/${branch}/`,
    ]),
  );

const isAncestor = async (git: SimpleGit, older: string, newer: string): Promise<boolean> => {
  try {
    return (await git.raw(["merge-base", older, newer])).trim() === older;
  } catch {
    return false; // a commit that is not here at all is nobody's ancestor
  }
};

const divergedRefs = async (
  git: SimpleGit,
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): Promise<readonly DivergedRef[]> => {
  const found: DivergedRef[] = [];
  for (const [ref, oid] of ours) {
    const other = theirs.get(ref);
    if (other === undefined || other === oid) continue;
    const moves = ref.startsWith("refs/heads/") && (await isAncestor(git, other, oid));
    if (!moves) found.push({ ref, ours: oid, theirs: other });
  }
  return found;
};

const short = (oid: string): string => oid.slice(0, 12);

const divergedFault = (refs: readonly DivergedRef[]): RemoteFault => {
  const named = refs.map(
    ({ ours, ref, theirs }) => `${ref} is ${short(theirs)} there and ${short(ours)} here`,
  );
  const refspecs = refs.map(({ ref }) => `:${ref}`).join(" ");
  return {
    code: "REMOTE_DIVERGED",
    message: `the remote has other commits: ${named.join("; ")}`,
    next: `nothing there was overwritten. Keep what is there under another name and delete it (git push <remote> ${refspecs}), or give the pipeline a remote of its own; it is tried again by itself`,
  };
};

// What git, ssh, curl and the forges say, in the order in which it is asked.
const FAULTS: readonly (readonly [RegExp, RemoteFault["code"], string])[] = [
  [
    /authentication failed|could not read (username|password)|permission denied|returned error: 40[13]|access denied|invalid username or (password|token)|terminal prompts disabled|host key verification failed/i,
    "REMOTE_DENIED",
    "set a token that may write there (GITHUB_TOKEN or GITLAB_TOKEN), or for ssh an agent whose key the remote knows",
  ],
  [
    /repository .*not found|not found|does not appear to be a git repository|returned error: 404|does not exist/i,
    "REMOTE_NOT_FOUND",
    "create the repository there, or mend the address",
  ],
  [
    /\[remote rejected\]|hook declined|protected branch|pre-receive|GH00\d|unable to create|file size limit|returned error: 413/i,
    "REMOTE_REFUSED",
    "let the remote accept branches run/* and tags run/*/* from this account",
  ],
];

const faultOf = (access: RemoteAccess, error: unknown): RemoteFault => {
  const said = redactSecrets(access, messageOf(error));
  const known = FAULTS.find(([pattern]) => pattern.test(said));
  const lines = said.split("\n").filter((line) => /^(fatal|error|remote|ssh):|^!/.test(line));
  const words = (lines.length > 0 ? lines : said.split("\n")).join(" ").trim().slice(0, 300);
  return {
    code: known?.[1] ?? "REMOTE_UNREACHABLE",
    message: words === "" ? "the remote does not answer" : words,
    next: known?.[2] ?? "check address and network; it is tried again by itself",
  };
};

/** Opens the remote of the repository in `dir`. The address was read by `parseRemote`; nothing is written to git's configuration. */
export const openRemote = (
  environment: GitEnvironment,
  access: RemoteAccess,
  dir: string,
  remote: Remote,
  signal: AbortSignal,
): RemoteRepository => {
  const git = createRemoteGit(environment, dir, remoteEnvironment(access, remote), signal);
  const there = async (branch: string) =>
    parseRefs(
      await git.raw(["ls-remote", remote.url, `refs/heads/${branch}`, `refs/tags/${branch}/*`]),
    );
  const push = async (branch: string): Promise<Pushed> => {
    const ours = await localRefs(git, branch);
    const theirs = await there(branch);
    const diverged = await divergedRefs(git, ours, theirs);
    if (diverged.length > 0) return { ok: false, fault: divergedFault(diverged) };
    const missing = [...ours].filter(([ref, oid]) => theirs.get(ref) !== oid);
    if (missing.length > 0) {
      const refs = missing.map(([ref]) => `${ref}:${ref}`);
      await git.raw(["push", "--porcelain", "--no-verify", remote.url, ...refs]);
    }
    const tags = [...ours.keys()].flatMap((ref) =>
      ref.startsWith("refs/tags/") ? [ref.slice("refs/tags/".length)] : [],
    );
    return { ok: true, commit: ours.get(`refs/heads/${branch}`) ?? "", tags };
  };
  const fetch = async (branch: string): Promise<Fetched> => {
    const heads = parseRefs(await git.raw(["ls-remote", remote.url, `refs/heads/${branch}`]));
    const oid = heads.get(`refs/heads/${branch}`) ?? null;
    if (oid !== null)
      await git.raw([
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        remote.url,
        `+refs/heads/${branch}:${trackingRef(branch)}`,
      ]);
    return { ok: true, oid };
  };
  const guarded =
    <T>(work: (branch: string) => Promise<T>) =>
    async (branch: string) => {
      try {
        return await work(branch);
      } catch (error) {
        return { ok: false as const, fault: faultOf(access, error) };
      }
    };
  return { push: guarded(push), fetch: guarded(fetch) };
};
