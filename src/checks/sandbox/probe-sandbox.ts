import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../../lib/clock.ts";
import { findProgram } from "../tools.ts";
import { createSandbox } from "./create-sandbox.ts";
import { shellWord } from "./namespace-script.ts";
import type { SandboxKind, SandboxProbe } from "./types.ts";

export interface ProbeDeps {
  /** The machine's PATH. */
  readonly path: string;
  /** As in `createSandbox`. */
  readonly folder: string;
  /** The number of the user who runs this, 0 for root. */
  readonly uid: number;
  readonly clock: Clock;
}

const NEEDS: Readonly<Record<Exclude<SandboxKind, "none">, readonly string[]>> = {
  bubblewrap: ["bwrap", "nice", "prlimit"],
  namespaces: ["unshare", "setpriv", "nice", "prlimit", "mount", "umount", "pivot_root"],
};
/** One of these brings the loopback up. */
const LOOPBACK = ["ip", "ifconfig"] as const;
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
const run = promisify(execFile);

const lookUp = async (names: readonly string[], path: string) => {
  const found: Record<string, string> = {};
  for (const name of names) {
    const program = await findProgram(name, `${path}:${SYSTEM_PATH}`);
    if (program !== null) found[name] = program;
  }
  return found;
};

const versionOf = async (program: string): Promise<string> => {
  const answer = await run(program, ["--version"], { timeout: 5000 }).catch(() => null);
  return /\d+(?:\.\d+)+/.exec(answer?.stdout ?? "")?.[0] ?? "unknown";
};

// Something is really run: it must be able to write its folder and must not see a file that lies beside it.
const tryOut = async (probe: SandboxProbe, deps: ProbeDeps): Promise<string | null> => {
  await mkdir(deps.folder, { recursive: true });
  const cwd = await mkdtemp(join(deps.folder, "probe-"));
  const secret = join(deps.folder, "outside");
  await writeFile(secret, "outside\n");
  try {
    const outcome = await createSandbox({ probe, folder: deps.folder, clock: deps.clock }).run({
      command: "/bin/sh",
      args: ["-c", `: > /mlpipeline-work/written && [ ! -e ${shellWord(secret)} ] && echo held`],
      cwd,
      limits: { wallMs: 3_000 },
      origin: "blueprint",
      consent: false,
    });
    if (outcome.status === "refused") return outcome.why;
    if (outcome.exitCode === 0 && outcome.stdout === "held\n") return null;
    return outcome.stderr.trim().split("\n").at(-1)?.slice(0, 200) || `exit ${outcome.exitCode}`;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
};

/**
 * The strongest isolation that works here, found by running something in it: bubblewrap, else namespaces, else none, with
 * why the stronger ones do not. Takes up to a second. Never throws for what is missing.
 */
export const probeSandbox = async (
  deps: ProbeDeps,
  kinds: readonly Exclude<SandboxKind, "none">[] = ["bubblewrap", "namespaces"],
): Promise<SandboxProbe> => {
  const reasons: string[] = [];
  for (const kind of kinds) {
    const programs = await lookUp([...NEEDS[kind], ...LOOPBACK], deps.path);
    const absent = NEEDS[kind].filter((name) => programs[name] === undefined);
    if (absent.length > 0) {
      reasons.push(`${kind}: ${absent.join(", ")} not installed`);
      continue;
    }
    // The kernel exempts root from the limit of processes, and bubblewrap cannot set the one of the namespace.
    if (kind === "bubblewrap" && deps.uid === 0) {
      reasons.push("bubblewrap: run by root it holds no limit of processes");
      continue;
    }
    const version = await versionOf(programs[NEEDS[kind][0] ?? ""] ?? "");
    const probe: SandboxProbe = { kind, version, why: reasons.join("; ") || null, programs };
    const failure = await tryOut(probe, deps);
    if (failure === null) return probe;
    reasons.push(`${kind}: ${failure}`);
  }
  return { kind: "none", version: null, why: reasons.join("; "), programs: {} };
};
