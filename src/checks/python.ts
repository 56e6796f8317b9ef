import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { promisify } from "node:util";
import { findProgram } from "./tools.ts";

/** The Python that runs generated code. `path` is the real interpreter, never a shim; `prefix` its installation. */
export interface Python {
  readonly ok: true;
  readonly path: string;
  readonly version: string;
  readonly prefix: string;
}
export type PythonOutcome = Python | { readonly ok: false; readonly why: string };

const NAMES = ["python3", "python3.13", "python3.12", "python3.11", "python"] as const;
const LEAST: readonly [number, number] = [3, 11];
// A shim or a virtual environment would send us somewhere else inside the sandbox, so the interpreter itself is asked where it lies.
const ASK =
  "import sys,os;print(sys.version.split()[0]);print(sys.base_prefix);print(getattr(sys,'_base_executable',sys.executable))";
const run = promisify(execFile);

const ask = async (program: string, env: Readonly<Record<string, string>>) => {
  const answer = await run(program, ["-I", "-c", ASK], { timeout: 10_000, env: { ...env } }).catch(
    () => null,
  );
  const [version, prefix, path] = (answer?.stdout ?? "").split("\n");
  if (!version || !prefix || !path) return null;
  return { version, prefix: await realpath(prefix), path: await realpath(path) };
};

const isEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
};

/**
 * The first Python ≥ 3.11 on `path` (as in PATH), asked for its real version; a value with the reason when there is none.
 * `home` is where a version manager keeps its settings. Never throws.
 */
export const findPython = async ({
  path,
  home,
}: {
  readonly path: string;
  readonly home: string;
}): Promise<PythonOutcome> => {
  const seen: string[] = [];
  for (const name of NAMES) {
    const program = await findProgram(name, path);
    const found = program === null ? null : await ask(program, { PATH: path, HOME: home });
    if (found && isEnough(found.version)) return { ok: true, ...found };
    if (found) seen.push(`${name} is ${found.version}`);
  }
  const got = seen.length > 0 ? seen.join(", ") : "no Python was found";
  return { ok: false, why: `Python 3.11 or newer is not installed (${got})` };
};
