import { execFile } from "node:child_process";
import { access, constants, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

/** A program found on this machine. `readOnly` are the paths a sandbox must show so that it can start. */
export interface Tool {
  readonly name: string;
  readonly path: string;
  readonly version: string;
  readonly readOnly: readonly string[];
}

/** Looks up real tools (make, helm, promtool …) once per process; null when not installed. */
export interface Tools {
  readonly find: (name: string) => Promise<Tool | null>;
}

const VERSION_ARGS: Readonly<Record<string, readonly string[]>> = {
  helm: ["version", "--template", "{{.Version}}"],
  terraform: ["version"],
};
const run = promisify(execFile);

/** The absolute path of a program on `path` (as in PATH), or null. Never throws. */
export const findProgram = async (name: string, path: string): Promise<string | null> => {
  for (const folder of path.split(delimiter).filter((entry) => entry.startsWith("/"))) {
    const candidate = join(folder, name);
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return null;
};

const versionOf = async (name: string, path: string): Promise<string> => {
  const args = VERSION_ARGS[name] ?? ["--version"];
  const answer = await run(path, [...args], {
    timeout: 10_000,
    env: { PATH: dirname(path) },
  }).catch(() => null);
  return /\d+(?:\.\d+)+/.exec(`${answer?.stdout ?? ""}${answer?.stderr ?? ""}`)?.[0] ?? "unknown";
};

const inspect = async (name: string, path: string): Promise<Tool> => {
  const real = await realpath(path);
  const outside = [path, real].filter((file) => !/^\/(usr|bin|sbin|lib|lib64)\//.test(file));
  return { name, path, version: await versionOf(name, path), readOnly: outside };
};

/** `path` is the machine's PATH. */
export const createTools = ({ path }: { readonly path: string }): Tools => {
  const known = new Map<string, Promise<Tool | null>>();
  return {
    find: (name) => {
      const found =
        known.get(name) ??
        findProgram(name, path).then((file) => (file === null ? null : inspect(name, file)));
      known.set(name, found);
      return found;
    },
  };
};
