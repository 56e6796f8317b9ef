import type { z } from "zod";
import type { Finding } from "../../checks/types.ts";
import type { Comment, Resolution } from "../../engine/command.ts";
import type { Brief } from "../../spec/brief.ts";
import type { Facts } from "../../spec/facts.ts";
import type { Role } from "../../spec/roles.ts";
import type { PipelineSpec } from "../../spec/spec.ts";
import type { Decision } from "../draft.ts";
import type { Veil } from "../veil.ts";

/** What may leave the house (`claude.data`). */
export const DATA_LEVELS = ["schema", "aggregates", "rows"] as const;
export type DataLevel = (typeof DATA_LEVELS)[number];

/**
 * The files of one attempt, in memory: there are no links, no permissions and no folder above. Paths are relative with `/`. `draft` is
 * the checked draft, `previous` the files the step had before this attempt (empty for a fresh one), `upstream` those of the steps in
 * `needs` (without the prefix `upstream/`). `write` and `remove` check nothing: the tools do.
 */
export interface Workspace {
  readonly draft: ReadonlyMap<string, Uint8Array>;
  readonly previous: ReadonlyMap<string, Uint8Array>;
  readonly upstream: ReadonlyMap<string, Uint8Array>;
  readonly files: () => ReadonlyMap<string, Uint8Array>;
  readonly write: (path: string, bytes: Uint8Array) => void;
  readonly remove: (path: string) => void;
}

/** Runs SQL on the snapshot within what `claude.data` allows. `refused` teaches: expected, got, what to ask instead. */
export interface DataPort {
  readonly query: (
    sql: string,
    limit: number,
    signal: AbortSignal,
  ) => Promise<
    | {
        readonly kind: "rows";
        readonly columns: readonly string[];
        readonly rows: readonly (readonly (string | null)[])[];
        readonly more: boolean;
      }
    | { readonly kind: "refused"; readonly why: string }
  >;
}

/** Runs the contract's checks on the workspace as it is; costs no repair round. */
export interface ChecksPort {
  readonly run: (
    files: ReadonlyMap<string, Uint8Array>,
    signal: AbortSignal,
  ) => Promise<{
    readonly green: boolean;
    readonly results: readonly {
      readonly check: string;
      readonly status: "passed" | "failed" | "skipped" | "later";
      readonly reason?: string;
      readonly later?: string;
    }[];
    readonly findings: readonly Finding[];
  }>;
}

/** Runs a target of the assembled Makefile in the sandbox, on a copy. Output is raw: the tool filters it. */
export interface MakePort {
  readonly targets: readonly string[];
  readonly run: (
    target: string,
    files: ReadonlyMap<string, Uint8Array>,
    signal: AbortSignal,
  ) => Promise<
    | { readonly kind: "not_run"; readonly why: string }
    | {
        readonly kind: "ran";
        readonly exitCode: number | null;
        readonly ended: "exit" | "time" | "killed";
        readonly seconds: number;
        readonly stdout: string;
        readonly stderr: string;
        /** Text files that the run left under `reports/`, by path: JUnit XML, metrics JSON. */
        readonly reports: ReadonlyMap<string, string>;
      }
  >;
}

/** Everything a tool may reach, and nothing else. `toolUseId` is of the call that runs. */
export interface ToolContext {
  readonly role: Role;
  readonly brief: Brief;
  readonly spec: PipelineSpec;
  readonly facts: Facts;
  readonly workspace: Workspace;
  readonly comments: readonly Comment[];
  readonly level: DataLevel;
  readonly data: DataPort;
  readonly checks: ChecksPort;
  readonly make: MakePort;
  /** A worked example by name; null for none. `names` lists what there is. */
  readonly knowledge: {
    readonly names: readonly string[];
    readonly read: (name: string) => Promise<string | null>;
  };
  /** Hides what may not leave the house in every answer, and puts it back into what is written. */
  readonly veil: Veil;
  /** Secret of the conversation, from which the id of each `<untrusted>` is made: not to be guessed, the same in a replay. */
  readonly secret: string;
  readonly toolUseId: string;
  readonly signal: AbortSignal;
}

/** What a specialist hands in. */
export interface Submission {
  readonly summary: {
    readonly decided: readonly string[];
    readonly why: string;
    readonly risks: readonly string[];
    readonly openQuestions: readonly { readonly question: string; readonly assumed: string }[];
  };
  readonly resolutions: readonly Resolution[];
}

/**
 * What a tool says. `text` is cut at the tool's own cap already; `cells` counts the data cells in it. `submission` is set by `submit`
 * alone, and ends the attempt when everything holds.
 */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
  readonly cells: number;
  readonly submission?: Submission;
  /** Set by a check that passed: the conversation gets on. */
  readonly passed?: boolean;
}

/**
 * Something a specialist can do inside its workspace. Input is a strict object and is parsed before `run`, which never throws for what
 * the model did: a wrong call is an answer with `isError` that says expected, got and what to call next. An abort is thrown as it came.
 * `reads` tools of one reply may run side by side; the others run in the order of their blocks.
 */
export interface AgentTool<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly reads: boolean;
  readonly strict: boolean;
  readonly input: S;
  readonly run: (input: z.infer<S>, context: ToolContext) => Promise<ToolAnswer>;
}

/** Keeps the input type of a tool's handler that of its schema. */
export const defineTool = <S extends z.ZodObject>(tool: AgentTool<S>): AgentTool => tool as never;

/** What a specialist decided in the words of its summary, for the decision log. */
export const decisionsOf = (summary: Submission["summary"]): readonly Decision[] =>
  summary.decided.map((decided) => ({ decided, why: summary.why }));
