/** Where a pipeline's repository is pushed to. `origin` is scheme, host and port; null for ssh and local paths. */
export interface Remote {
  readonly url: string;
  readonly kind: "http" | "ssh" | "path";
  readonly origin: string | null;
  readonly host: string | null;
  /** Path on the host without a leading slash or `.git`: "team/birdstrikes". */
  readonly project: string;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
// user@host:path, as git reads it; a password cannot be given in this form.
const SCP = /^[\w.-]+@([\w.-]+):(?!\/\/)([^\s:]+)$/;

const projectOf = (path: string): string => path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");

const fromUrl = (url: URL, text: string): Remote | string => {
  if (url.password !== "" || (url.username !== "" && url.protocol !== "ssh:"))
    return "holds a user name or password; give the token in the environment (GITHUB_TOKEN, GITLAB_TOKEN) instead";
  const project = projectOf(decodeURIComponent(url.pathname));
  if (project === "") return "names no repository after the host";
  const { host, hostname, origin, protocol } = url;
  if (protocol === "ssh:") return { url: text, kind: "ssh", origin: null, host: hostname, project };
  if (protocol === "http:" && !LOOPBACK.has(hostname))
    return "is not encrypted; use https:// or ssh://";
  return { url: text, kind: "http", origin, host, project };
};

/**
 * Reads the address of a git remote: https, ssh, `user@host:path`, or an absolute path on this machine (also `file://`). Gives
 * what is wrong with it as a phrase that follows "the remote". Whatever git could read as an option or a command is refused.
 */
export const parseRemote = (text: string): Remote | string => {
  if (text === "" || text.length > 500 || /[\s\p{Cc}]/u.test(text))
    return "is empty, too long or holds white space";
  if (text.startsWith("/"))
    return { url: text, kind: "path", origin: null, host: null, project: projectOf(text) };
  const scp = SCP.exec(text);
  if (scp)
    return {
      url: text,
      kind: "ssh",
      origin: null,
      host: scp[1] ?? null,
      project: projectOf(scp[2] ?? ""),
    };
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === "file:" && url.host === "")
    return { url: text, kind: "path", origin: null, host: null, project: projectOf(url.pathname) };
  if (url && ["https:", "http:", "ssh:"].includes(url.protocol)) return fromUrl(url, text);
  return "is neither https://, ssh://, user@host:path nor an absolute path";
};

/** What is wrong with the address of a remote, or null. */
export const remoteProblem = (text: string): string | null => {
  const read = parseRemote(text);
  return typeof read === "string" ? `the remote ${read}` : null;
};

// What `git check-ref-format --branch` accepts, without the forms that nobody uses.
const BRANCH = /^(?![-/.])(?!.*(\.\.|\/\/|\/\.|@\{|\.lock(\/|$)))[\w./-]{1,200}(?<![/.])$/;

/** What is wrong with the name of a branch, or null. */
export const branchProblem = (name: string): string | null =>
  BRANCH.test(name) ? null : "the branch is no name that git accepts (letters, digits, . _ - /)";
