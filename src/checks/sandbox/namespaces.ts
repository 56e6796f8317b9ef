import { mkdir } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { namespaceScript } from "./namespace-script.ts";
import { type RootEntry, rootDevices } from "./root-tree.ts";
import type { SandboxLimits, SandboxProbe, SandboxRequest } from "./types.ts";

/** First kernel that counts process ids per namespace; before it the same file is the whole machine's. */
const PID_MAX_KERNEL = [6, 14] as const;
/** First kernel that counts processes per user namespace; before it a busy user could not start anything. */
const NPROC_KERNEL = [5, 14] as const;
/** The kernel keeps this many process ids for itself. */
const RESERVED_PIDS = 301;
const NO_LIMIT = 1_000_000;

/** The limit of processes that the kernel may hold for a user; `NO_LIMIT` where it would count what runs outside too. */
export const processLimit = (limits: SandboxLimits): number =>
  isKernel(NPROC_KERNEL) ? limits.processes : NO_LIMIT;

const isKernel = ([major, minor]: readonly [number, number]): boolean => {
  const [m = 0, n = 0] = release().split(/[.-]/).map(Number);
  return m > major || (m === major && n >= minor);
};

/** Limits of each single process, by the kernel; `watch.ts` holds the sums. Address space is more than memory: libraries reserve. */
const limitArgs = (limits: SandboxLimits): readonly string[] => [
  `--as=${(limits.memoryMb * 2 + 4096) * 1024 * 1024}`,
  `--fsize=${limits.fileMb * 1024 * 1024}`,
  "--core=0",
  "--nofile=4096",
];

/**
 * What stands in front of either kind: a lower priority, so that a busy sandbox never starves the bot, and the limits above.
 */
export const limitedCommand = (probe: SandboxProbe, limits: SandboxLimits): readonly string[] => [
  ...[probe.programs.nice ?? "nice", "-n", "10"],
  ...[probe.programs.prlimit ?? "prlimit", ...limitArgs(limits), "--"],
];

/** Command line that runs the request in namespaces of its own, made by `unshare`. `folder` is where the new root is mounted. */
export const namespaceCommand = async (given: {
  readonly probe: SandboxProbe;
  readonly request: SandboxRequest;
  readonly limits: SandboxLimits;
  readonly entries: readonly RootEntry[];
  readonly work: string;
  readonly folder: string;
}): Promise<{ readonly command: string; readonly args: readonly string[] }> => {
  const { probe, request, limits } = given;
  const root = join(given.folder, "root");
  await mkdir(root, { recursive: true });
  const network = request.network === true;
  const script = namespaceScript({
    root,
    work: given.work,
    entries: given.entries,
    devices: await rootDevices(),
    tmpMb: Math.min(limits.memoryMb, 1024),
    network,
    pidMax: isKernel(PID_MAX_KERNEL) ? RESERVED_PIDS + limits.processes : null,
    processes: processLimit(limits),
    programs: probe.programs,
  });
  const unshare = [
    ...["--user", "--map-root-user", "--mount", "--pid", "--ipc", "--uts", "--cgroup"],
    ...(network ? [] : ["--net"]),
    ...["--fork", "--kill-child=KILL", "--", "/bin/sh", "-c", script, "sh"],
  ];
  const program = (name: string) => probe.programs[name] ?? name;
  return {
    command: program("setpriv"),
    args: [
      ...["--pdeathsig", "KILL", "--", ...limitedCommand(probe, limits)],
      ...[program("unshare"), ...unshare, request.command, ...request.args],
    ],
  };
};
