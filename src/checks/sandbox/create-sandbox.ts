import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/errors.ts";
import { bubblewrapCommand } from "./bubblewrap.ts";
import { namespaceCommand } from "./namespaces.ts";
import { rootTree, WRITTEN_ETC } from "./root-tree.ts";
import { type ProcessPlan, runProcess } from "./run-process.ts";
import type { Sandbox, SandboxLimits, SandboxProbe, SandboxRequest } from "./types.ts";
import { watchSandbox } from "./watch.ts";

export interface SandboxDeps {
  readonly probe: SandboxProbe;
  /** A folder of mlpipeline's home that the sandbox keeps its few own files in. */
  readonly folder: string;
  readonly clock: Clock;
}

const DEFAULT_LIMITS: SandboxLimits = {
  wallMs: 60_000,
  memoryMb: 2048,
  processes: 256,
  outputKb: 256,
  fileMb: 1024,
};

const CLEAN_ENV = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
  HOME: "/tmp",
  TMPDIR: "/tmp",
  LANG: "C.UTF-8",
};

const writeEtc = async (folder: string): Promise<string> => {
  const etc = join(folder, "etc");
  await mkdir(etc, { recursive: true });
  await Promise.all(
    Object.entries(WRITTEN_ETC).map(([name, text]) => writeFile(join(etc, name), text)),
  );
  return etc;
};

/** Why nothing may run without isolation, or null when the owner agreed to run code that we wrote. */
const refusal = ({ probe }: SandboxDeps, { consent, origin }: SandboxRequest): string | null => {
  if (probe.kind !== "none") return null;
  const why = `no isolation (${probe.why ?? "none was found"})`;
  if (origin === "model") return `${why}: code written by a model never runs without it`;
  return consent ? null : `${why}, and the owner has not agreed to run without it`;
};

const isolated = async (
  deps: SandboxDeps,
  request: SandboxRequest,
  limits: SandboxLimits,
): Promise<ProcessPlan> => {
  const work = await realpath(request.cwd);
  const entries = await rootTree({
    network: request.network === true,
    readOnly: request.readOnly ?? [],
    writable: request.writable ?? [],
    etc: await writeEtc(deps.folder),
  });
  const given = { probe: deps.probe, request, limits, entries, work, folder: deps.folder };
  const line =
    deps.probe.kind === "bubblewrap" ? bubblewrapCommand(given) : await namespaceCommand(given);
  return { ...line, cwd: "/", env: { ...CLEAN_ENV, ...request.env } };
};

/**
 * A sandbox of the probed kind. What holds where: files, processes, sockets and capabilities by namespaces; address space and
 * file size per process by the kernel; memory in sum by a look every 20 ms, so a burst may pass the limit for that long; the
 * number of processes by the kernel (per user; for root per namespace, from Linux 6.14 on) and by the same look; wall time and
 * output by the group being killed. There is no system call filter and no disk quota.
 * `none` starts the program in `cwd` with a clean environment and the time and output limits only.
 */
export const createSandbox = (deps: SandboxDeps): Sandbox => ({
  probe: deps.probe,
  run: async (request) => {
    const why = refusal(deps, request);
    if (why !== null) return { status: "refused", why };
    const limits = { ...DEFAULT_LIMITS, ...request.limits };
    if (deps.probe.kind === "none") {
      const env = { ...CLEAN_ENV, ...request.env };
      const plan = { command: request.command, args: request.args, cwd: request.cwd, env };
      return runProcess(plan, request, limits, null, deps.clock);
    }
    try {
      const plan = await isolated(deps, request, limits);
      return await runProcess(plan, request, limits, watchSandbox, deps.clock);
    } catch (error) {
      return { status: "refused", why: `the sandbox could not be set up: ${messageOf(error)}` };
    }
  },
});
