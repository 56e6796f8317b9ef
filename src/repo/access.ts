import type { Remote } from "../spec/remote.ts";

/** A forge whose token the environment holds. `origin` is the only place the token is ever sent to. */
export interface ForgeToken {
  readonly kind: "github" | "gitlab";
  readonly origin: string;
  readonly token: string;
}

/** What reaching a remote may use: tokens by forge, and what of the environment git and ssh need (proxy, certificates, agent). */
export interface RemoteAccess {
  readonly tokens: readonly ForgeToken[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The forge that a remote lies on, where a token for exactly that host is set; null for all others. */
export const forgeOf = (access: RemoteAccess, remote: Remote): ForgeToken | null =>
  access.tokens.find((one) =>
    remote.kind === "ssh"
      ? new URL(one.origin).hostname === remote.host
      : remote.origin === one.origin,
  ) ?? null;

// GitHub takes any user name before a token, GitLab wants "oauth2"; both read Basic (their manuals on HTTPS with tokens).
const USER = { github: "x-access-token", gitlab: "oauth2" } as const;

const basic = (forge: ForgeToken): string =>
  Buffer.from(`${USER[forge.kind]}:${forge.token}`).toString("base64");

/**
 * Environment of a git that talks to `remote`. The token becomes a header bound to its origin, handed over as configuration in
 * the environment: never an argument, never in a file, and no redirect carries it elsewhere. Nothing ever prompts.
 */
export const remoteEnvironment = (
  access: RemoteAccess,
  remote: Remote,
): Readonly<Record<string, string>> => {
  const forge = remote.kind === "http" ? forgeOf(access, remote) : null;
  const config: readonly (readonly [string, string])[] = [
    ["http.followRedirects", "false"],
    ["gc.auto", "0"],
    ...(forge
      ? [[`http.${forge.origin}/.extraHeader`, `Authorization: Basic ${basic(forge)}`] as const]
      : []),
  ];
  return {
    ...access.environment,
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o ConnectTimeout=15",
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  };
};

/** `text` without any token, however it was written, and without user names and passwords of addresses. */
export const redactSecrets = (access: RemoteAccess, text: string): string =>
  access.tokens
    .flatMap((forge) => [forge.token, basic(forge)])
    .filter((secret) => secret !== "")
    .reduce((words, secret) => words.replaceAll(secret, "***"), text)
    .replace(/(\w+:\/\/)[^\s/@]+@/g, "$1***@");
