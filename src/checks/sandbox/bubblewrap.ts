import { limitedCommand, processLimit } from "./namespaces.ts";
import type { RootEntry } from "./root-tree.ts";
import type { SandboxLimits, SandboxProbe, SandboxRequest } from "./types.ts";

const entryArgs = (entry: RootEntry): readonly string[] => {
  if (entry.kind === "link") return ["--symlink", entry.to, entry.target];
  const writable = entry.kind === "bind" && entry.writable;
  return [writable ? "--bind" : "--ro-bind", entry.source, entry.target];
};

/** The program waits for a line until the watch has found its processes from outside. */
const START = 'read -r _; limit=$1; shift; exec prlimit "$limit" -- "$@" < /dev/null';

/** `--disable-userns` came with 0.8.0. */
const canDisableUserns = (version: string | null): boolean => {
  const [major = 0, minor = 0] = (version ?? "0").split(".").map(Number);
  return major > 0 || minor >= 8;
};

/** Command line that runs the request in bubblewrap, with the same tree as in namespaces made by hand. */
export const bubblewrapCommand = (given: {
  readonly probe: SandboxProbe;
  readonly request: SandboxRequest;
  readonly limits: SandboxLimits;
  readonly entries: readonly RootEntry[];
  readonly work: string;
}): { readonly command: string; readonly args: readonly string[] } => {
  const { probe, request, limits } = given;
  const tmpBytes = String(Math.min(limits.memoryMb, 1024) * 1024 * 1024);
  const bwrap = [
    ...[
      "--unshare-user",
      "--unshare-pid",
      "--unshare-ipc",
      "--unshare-uts",
      "--unshare-cgroup-try",
    ],
    ...(request.network === true ? [] : ["--unshare-net"]),
    ...(canDisableUserns(probe.version) ? ["--disable-userns"] : []),
    ...["--die-with-parent", "--new-session", "--cap-drop", "ALL"],
    ...["--proc", "/proc", "--dev", "/dev", "--dir", "/root"],
    ...["--size", tmpBytes, "--tmpfs", "/tmp", "--size", tmpBytes, "--tmpfs", "/dev/shm"],
    ...given.entries.flatMap(entryArgs),
    ...["--bind", given.work, "/mlpipeline-work", "--remount-ro", "/dev"],
    // Run by the machine's root user, bubblewrap leaves /proc/sys writable: its files judge by user number alone.
    ...["--remount-ro", "/proc", "--remount-ro", "/", "--chdir", "/mlpipeline-work", "--"],
    ...["/bin/sh", "-c", START, "sh", `--nproc=${processLimit(limits)}`],
  ];
  const [command = "nice", ...before] = limitedCommand(probe, limits);
  const bubblewrap = probe.programs.bwrap ?? "bwrap";
  return { command, args: [...before, bubblewrap, ...bwrap, request.command, ...request.args] };
};
