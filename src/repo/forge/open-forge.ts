import { messageOf } from "../../lib/errors.ts";
import type { Remote } from "../../spec/remote.ts";
import type { ForgeToken, RemoteAccess } from "../access.ts";
import { forgeOf, redactSecrets } from "../access.ts";
import type { CallForge, Forge } from "./forge.ts";
import { createGithub } from "./github.ts";
import { createGitlab } from "./gitlab.ts";

const TIMEOUT_MS = 20_000;

/** github.com has its API on a host of its own; an own server of either kind has it under a path. */
const apiOf = ({ kind, origin }: ForgeToken): string => {
  if (kind === "gitlab") return `${origin}/api/v4`;
  return origin === "https://github.com" ? "https://api.github.com" : `${origin}/api/v3`;
};

const headersOf = ({ kind, token }: ForgeToken): Readonly<Record<string, string>> =>
  kind === "gitlab"
    ? { "PRIVATE-TOKEN": token }
    : {
        Authorization: `Bearer ${token}`,
        Accept: "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
      };

const createCall =
  (access: RemoteAccess, forge: ForgeToken, signal: AbortSignal): CallForge =>
  async (method, path, body) => {
    try {
      const response = await fetch(`${apiOf(forge)}${path}`, {
        method,
        redirect: "error",
        headers: {
          ...headersOf(forge),
          "User-Agent": "mlpipeline",
          ...(body ? { "Content-Type": "application/json" } : {}),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = redactSecrets(access, await response.text());
      try {
        return { status: response.status, body: JSON.parse(text) };
      } catch {
        return { status: response.status, body: null };
      }
    } catch (error) {
      return { status: 0, body: redactSecrets(access, messageOf(error)) };
    }
  };

/** The API of the forge that a remote lies on; null where no token is set for that host. */
export const openForge = (
  access: RemoteAccess,
  remote: Remote,
  signal: AbortSignal,
): Forge | null => {
  const forge = forgeOf(access, remote);
  if (!forge) return null;
  const call = createCall(access, forge, signal);
  return forge.kind === "gitlab"
    ? createGitlab(call, remote.project)
    : createGithub(call, remote.project);
};
