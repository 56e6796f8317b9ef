import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where the referees lie, with the newer Node that they need. */
export const BIN = join(import.meta.dirname, "node_modules", ".bin");

/** What one referee said about one thing. */
export interface Verdict {
  readonly name: string;
  readonly ok: boolean;
  readonly said: string;
}

/** Runs one referee to its end; never throws. `cwd`: where it may leave what it writes. */
export const refereed = async (
  name: string,
  file: string,
  args: readonly string[],
  cwd?: string,
): Promise<Verdict & { readonly out: string }> => {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ""}` };
  const options = { env, timeout: 300_000, maxBuffer: 1e8, ...(cwd ? { cwd } : {}) };
  try {
    const { stderr, stdout } = await run(join(BIN, file), [...args], options);
    const last = `${stdout}${stderr}`.trim().split("\n").slice(-2).join(" ");
    return { name, ok: true, said: last.slice(0, 200), out: stdout };
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stdout?: string; stderr?: string };
    return { name, ok: false, said: `${stdout}${stderr}`.trim().slice(-1500), out: stdout };
  }
};
