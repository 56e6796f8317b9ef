import type { Brief } from "../spec/brief.ts";
import type { Facts } from "../spec/facts.ts";
import type { Level } from "../spec/levels.ts";
import type { Role } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { PythonOutcome } from "./python.ts";
import type { RunPermission, Sandbox } from "./sandbox/types.ts";
import type { Tools } from "./tools.ts";
import type { VenvOutcome } from "./venv.ts";

/** One thing a check found. `block` stops the step, `warn` becomes a comment that should be answered, `info` is only shown. */
export interface Finding {
  readonly rule: string;
  readonly severity: "block" | "warn" | "info";
  /** Path in the repository; null when no single file is at fault. */
  readonly file: string | null;
  /** First line is 1; null when unknown. */
  readonly line: number | null;
  readonly message: string;
}

/** All files of the repository as it stands: upstream, this step and what code assembles. Paths are relative, with `/`. */
export interface RepoFiles {
  /** Sorted. */
  readonly list: readonly string[];
  /** UTF-8 text, or null for a binary or unknown file. */
  readonly text: (path: string) => string | null;
  readonly bytes: (path: string) => Uint8Array | null;
}

/** A level that one check gives to one file, with what gave it. No times: they would change the bytes of a rerun. */
export interface GivenLevel {
  readonly path: string;
  readonly level: Level;
  readonly by: { readonly check: string; readonly tool: string; readonly version: string };
}

/** Everything a check may read. */
export interface CheckInput extends RunPermission {
  readonly role: Role;
  readonly files: RepoFiles;
  /** Paths of this step, sorted. */
  readonly own: readonly string[];
  /**
   * The folder on disk that holds all of `files`, laid out when it is asked for first: most steps need no tool that reads it.
   * Checks copy it before they run what writes.
   */
  readonly onDisk: () => Promise<string>;
  readonly facts: Facts;
  readonly spec: PipelineSpec;
  /** The contracts of all roles; the checks read this role's deliverables and who owns what. */
  readonly briefs: Readonly<Record<Role, Pick<Brief, "role" | "deliverables" | "hardens">>>;
  readonly sandbox: Sandbox;
  readonly tools: Tools;
  readonly python: PythonOutcome;
  /** Builds (or finds) the environment of a dependency group from `locks/<group>.txt` of the repository. */
  readonly venv: (group: string) => Promise<VenvOutcome>;
  /** The snapshot on disk, which training reads instead of the sample; absent where it is not at hand. */
  readonly snapshot?: { readonly path: string };
  /** Values of personal columns that must appear in no text file (a probe list); never logged, never in a finding. */
  readonly personalValues?: readonly string[];
  /** Parts that options or facts leave out, as the step recorded them. */
  readonly leftOut?: readonly { readonly part: string; readonly why: string }[];
  /** Called with the folder in which the model was trained, before it is removed: what was made there may be kept. */
  readonly onTrained?: (dir: string) => Promise<void>;
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * `passed` and `failed` looked at something; `skipped` says in `reason` why nothing was looked at; `later` names the role
 * at whose step the check will run.
 */
export interface CheckResult {
  readonly check: string;
  readonly status: "passed" | "failed" | "skipped" | "later";
  readonly reason?: string;
  readonly later?: Role;
  readonly findings: readonly Finding[];
  readonly levels: readonly GivenLevel[];
  /** What no stronger check could run for, by path: one of the four kinds of reason. */
  readonly weaker?: Readonly<Record<string, string>>;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/**
 * One check. It runs at every step for `any`; else at the steps whose contract names it, and at `at` (then not before).
 * `run` never throws for what it finds in files.
 */
export interface Check {
  readonly id: string;
  /** Ids of the deliverables whose files it examines. */
  readonly deliverables: readonly string[] | "any";
  readonly at?: Role;
  /** True where it executes the step's code: it then runs only while nothing blocks. */
  readonly executes?: boolean;
  readonly run: (input: CheckInput) => Promise<CheckResult>;
}
