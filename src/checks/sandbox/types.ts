/** What keeps generated code in: bubblewrap, else Linux namespaces by `unshare`, else nothing. */
export type SandboxKind = "bubblewrap" | "namespaces" | "none";

/** What the probe found by running something in it. `why` says why it is not a stronger kind; `missing` what it does not hold. */
export interface SandboxProbe {
  readonly kind: SandboxKind;
  /** Version of bubblewrap or util-linux; null for `none`. */
  readonly version: string | null;
  readonly why: string | null;
  /** Absolute paths of the programs it is made of, by name. */
  readonly programs: Readonly<Record<string, string>>;
}

export interface SandboxLimits {
  /** Wall time in milliseconds; the whole process group is killed at it. */
  readonly wallMs: number;
  /** Resident memory of all processes together, in MiB. */
  readonly memoryMb: number;
  /** Processes and threads at one time. */
  readonly processes: number;
  /** Captured from stdout and stderr together, in KiB; the process is killed at ten times this. */
  readonly outputKb: number;
  /** Largest single file that may be written, in MiB. */
  readonly fileMb: number;
}

/** Who wrote what is run. Without isolation `model` never runs and `blueprint` needs the owner's consent. */
export type CodeOrigin = "blueprint" | "model";

/** What one run may be allowed at most: who wrote the code, and whether the owner agreed to run without isolation. */
export interface RunPermission {
  readonly origin: CodeOrigin;
  readonly consent: boolean;
}

export interface SandboxRequest extends RunPermission {
  /** A program name looked up on the sandbox's PATH, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** The only folder that can be written besides /tmp; inside it is `/mlpipeline-work` and the current directory. */
  readonly cwd: string;
  /** Set on top of the clean environment (PATH, HOME, LANG). Secrets never belong here. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default false: loopback only. */
  readonly network?: boolean;
  /** Absolute host paths seen at the same place, read-only; those that do not exist are left out. */
  readonly readOnly?: readonly string[];
  /** Absolute host folders seen at the same place, writable. For building an environment only. */
  readonly writable?: readonly string[];
  readonly limits?: Partial<SandboxLimits>;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

/** A finished run, whatever its end. `stopped` names the limit or the cancellation that ended it; null when it ended by itself. */
export interface SandboxRan {
  readonly status: "ran";
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when output beyond `outputKb` was dropped. */
  readonly truncated: boolean;
  readonly stopped: "time" | "memory" | "processes" | "output" | "cancelled" | null;
  readonly durationMs: number;
}

/** Nothing was run: no isolation, or the program could not be started. */
export interface SandboxRefused {
  readonly status: "refused";
  readonly why: string;
}

export type SandboxOutcome = SandboxRan | SandboxRefused;

/** Runs generated code and real tools. `run` never throws for what the program does; it may be called concurrently. */
export interface Sandbox {
  readonly probe: SandboxProbe;
  readonly run: (request: SandboxRequest) => Promise<SandboxOutcome>;
}
