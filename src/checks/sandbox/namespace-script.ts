import { parentOf, type RootEntry } from "./root-tree.ts";

/** Quotes any text as one word of a POSIX shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What the script builds. All paths are absolute host paths; `work` becomes /mlpipeline-work. */
export interface NamespacePlan {
  /** An empty folder that the new root is mounted on, in the new namespace only. */
  readonly root: string;
  readonly work: string;
  readonly entries: readonly RootEntry[];
  readonly devices: readonly string[];
  readonly tmpMb: number;
  readonly network: boolean;
  /** At most this many process ids in the namespace, where the kernel can count per namespace; else null. */
  readonly pidMax: number | null;
  readonly processes: number;
  readonly programs: Readonly<Record<string, string>>;
}

const ofKind = <K extends RootEntry["kind"]>(
  plan: NamespacePlan,
  kind: K,
): readonly Extract<RootEntry, { kind: K }>[] =>
  plan.entries.filter((entry): entry is Extract<RootEntry, { kind: K }> => entry.kind === kind);

const inOneCommand = (command: string, words: readonly string[], to: string): readonly string[] =>
  words.length === 0 ? [] : [`${command} ${words.map(shellWord).join(" ")} ${to}`];

// All places are made before anything is bound: what lies in a bound folder exists there already, and the host must not be
// written to. Every program started costs a millisecond or two, so each kind is made by as few as possible.
const placeLines = (plan: NamespacePlan): readonly string[] => {
  const at = (path: string) => plan.root + path;
  const binds = ofKind(plan, "bind");
  const folders = binds.map((entry) => (entry.folder ? entry.target : parentOf(entry.target)));
  const empty = [
    ...binds.filter((entry) => !entry.folder).map((entry) => entry.target),
    ...plan.devices,
  ];
  const files = ofKind(plan, "file").map((entry) => entry.source);
  const links = ofKind(plan, "link").map((entry) => entry.target);
  return [
    ...inOneCommand("mkdir -p", [...new Set(folders)].map(at), ""),
    ...empty.map((path) => `: > ${shellWord(at(path))}`),
    ...inOneCommand("cp -L", files, shellWord(at("/etc"))),
    ...inOneCommand("cp -P", links, shellWord(at("/"))),
  ];
};

const mountLines = (plan: NamespacePlan): readonly string[] =>
  ofKind(plan, "bind").map(
    (entry) => `mount --rbind ${shellWord(entry.source)} ${shellWord(plan.root + entry.target)}`,
  );

const writable = (plan: NamespacePlan): readonly string[] => [
  "/mlpipeline-work",
  ...ofKind(plan, "bind")
    .filter((entry) => entry.writable)
    .map((entry) => entry.target),
];

// Every mount below the new root becomes read-only, also those that came along inside another; a failure ends the script.
const readOnlyLines = (plan: NamespacePlan): readonly string[] => [
  `while read -r _ _ _ _ point _; do`,
  // Only a path with a space or the like is written with backslashes; a subshell for each line would double the time.
  `  case "$point" in *\\\\*) point=$(printf '%b' "$point") ;; esac`,
  `  case "$point" in`,
  `    ${writable(plan)
    .map((path) => `${shellWord(plan.root + path)}`)
    .join("|")}) mount -o remount,bind,nosuid,nodev "$point" ;;`,
  `    ${shellWord(`${plan.root}/dev/`)}*|${shellWord(`${plan.root}/tmp`)}) : ;;`,
  `    ${shellWord(`${plan.root}/`)}*) mount -o remount,bind,ro,nosuid,nodev "$point" ;;`,
  `  esac`,
  `done < /proc/self/mountinfo`,
];

/**
 * Shell text for the first process of new user, mount, process and network namespaces: builds a root that holds only what is
 * listed, enters it, gives up every capability and starts the program given as arguments. The host's root user keeps its
 * number inside, and files under /proc/sys judge by number alone, so all of /proc is read-only too.
 */
export const namespaceScript = (plan: NamespacePlan): string => {
  const at = (path: string) => shellWord(plan.root + path);
  const { programs } = plan;
  return [
    "set -eu",
    "umask 022",
    "mount --make-rprivate /",
    `mount -t tmpfs -o mode=755,size=8m,nosuid tmpfs ${at("")}`,
    `mkdir -p ${["/proc", "/dev/shm", "/tmp", "/mlpipeline-work", "/etc", "/root", "/old"].map(at).join(" ")}`,
    `mount -t tmpfs -o mode=1777,nosuid,nodev,size=${plan.tmpMb}m tmpfs ${at("/tmp")}`,
    `mount -t tmpfs -o mode=1777,nosuid,nodev,size=${plan.tmpMb}m tmpfs ${at("/dev/shm")}`,
    ...placeLines(plan),
    ...mountLines(plan),
    ...plan.devices.map((path) => `mount --bind ${shellWord(path)} ${at(path)}`),
    `ln -s /proc/self/fd ${at("/dev/fd")}`,
    `mount --bind ${shellWord(plan.work)} ${at("/mlpipeline-work")}`,
    `mount -t proc -o nosuid,nodev,noexec proc ${at("/proc")}`,
    ...(plan.network
      ? []
      : [
          `${shellWord(programs.ip ?? "ip")} link set lo up 2>/dev/null || ${shellWord(programs.ifconfig ?? "ifconfig")} lo 127.0.0.1 up 2>/dev/null || true`,
        ]),
    ...(plan.pidMax === null
      ? []
      : [`echo ${plan.pidMax} > ${at("/proc/sys/kernel/pid_max")} || true`]),
    // A namespace of its own would give capabilities back; zero of them may be made.
    `echo 0 > ${at("/proc/sys/user/max_user_namespaces")}`,
    ...readOnlyLines(plan),
    `cd ${at("")}`,
    `${shellWord(programs.pivot_root ?? "pivot_root")} . old`,
    "umount -l /old",
    "rmdir /old",
    "mount -o remount,bind,ro,nosuid,nodev /",
    "cd /mlpipeline-work",
    "unset OLDPWD",
    // The program waits for a line until the watch has found this process from outside.
    "read -r _",
    `exec setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs -- prlimit --nproc=${plan.processes} -- "$@" < /dev/null`,
  ].join("\n");
};
