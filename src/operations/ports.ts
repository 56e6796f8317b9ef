import type { Actor, CommandBody } from "../engine/command.ts";
import type { Rejection } from "../engine/context.ts";
import type { LoggedEvent } from "../engine/event.ts";
import type { ApprovalState, ApprovalStatus, RunState } from "../engine/state.ts";
import type { PlanSpec } from "../runtime/change-spec.ts";
import type { Handoff } from "../runtime/handoff.ts";
import type { HandoffFiles } from "../runtime/handoff-files.ts";
import type { RunFacts } from "../runtime/run-facts.ts";
import type { StartedRun, StartRequest } from "../runtime/start-run.ts";
import type { Access } from "../runtime/workspace/access.ts";
import type { ConsentView } from "../runtime/workspace/consent.ts";
import type { LinkCode, Tied } from "../runtime/workspace/identity.ts";
import type { PolicyView } from "../runtime/workspace/read-policy.ts";
import type { PersonChange, PersonView } from "../runtime/workspace/set-person.ts";
import type { PolicyChange } from "../runtime/workspace/set-policy.ts";
import type { Proof, VoteCodeFor } from "../runtime/workspace/vote-codes.ts";
import type { ClaudePort, UsageReader } from "./claude-ports.ts";
import type { CostPort, DigestPort, ReleasePort, WatchPort } from "./watch-ports.ts";

/** A run as a list shows it; the store's row fits. */
export interface RunLine {
  readonly runId: string;
  readonly name: string;
  readonly status: string;
  readonly pauses: readonly string[];
  readonly currentPhase: 1 | 2 | 3 | 4 | null;
  readonly startedBy: string | null;
  readonly spentMicroUsd: number;
  readonly openApprovals: number;
  readonly steps: readonly {
    readonly key: string;
    readonly phase: number;
    readonly status: string;
  }[];
  readonly changedAt: number;
  readonly headSeq: number;
  readonly headHash: string;
}

/** Reads runs. `find` takes an id, a name such as birdstrikes-12, or an unambiguous prefix. */
export interface RunReader {
  readonly find: (
    ref: string,
  ) => Promise<RunLine | null | { readonly candidates: readonly RunLine[] }>;
  readonly search: (query: {
    readonly text?: string;
    readonly status?: readonly ("running" | "paused" | "completed" | "failed" | "cancelled")[];
    readonly startedBy?: string;
    readonly limit?: number;
    readonly cursor?: string | null;
  }) => Promise<{ readonly items: readonly RunLine[]; readonly next: string | null }>;
  readonly state: (runId: string) => Promise<RunState>;
}

/** Approvals that take votes, with the run each belongs to. */
export interface ApprovalReader {
  readonly find: (
    ref: string,
  ) => Promise<(ApprovalState & { readonly runId: string; readonly runName: string }) | null>;
  readonly list: (query: {
    readonly runId?: string;
    readonly status?: readonly ApprovalStatus[];
    readonly limit?: number;
  }) => Promise<readonly (ApprovalState & { readonly runId: string; readonly runName: string })[]>;
}

export interface EventReader {
  readonly since: (runId: string, seq: number, limit?: number) => Promise<readonly LoggedEvent[]>;
}

/** Files of a run as they were last submitted. `read` gives null for an unknown path. */
export interface FileReader {
  readonly list: (
    runId: string,
    phase?: number,
  ) => Promise<
    readonly {
      readonly path: string;
      readonly sha256: string;
      readonly deliverable: string;
      readonly step: string;
      readonly phase: number;
      readonly level: string;
    }[]
  >;
  readonly read: (
    runId: string,
    path: string,
  ) => Promise<{ readonly text: string; readonly sha256: string } | null>;
}

export interface HandoffReader {
  readonly read: (runId: string, approvalId: string) => Promise<Handoff | null>;
  /** The change as a unified diff, and a picture of the executed metric where there is one. */
  readonly files: (runId: string, approvalId: string) => Promise<HandoffFiles | null>;
  /** The phase's manifest hash as the bytes lie on disk now. */
  readonly observe: (runId: string, phase: 1 | 2 | 3 | 4) => Promise<string>;
}

/** Waits until a run has an event after `seq`, at most `timeoutMs`; true when it has. */
export interface Feed {
  readonly waitFor: (
    runId: string,
    seq: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ) => Promise<boolean>;
}

export interface PeopleReader {
  readonly list: () => Promise<
    readonly { readonly id: string; readonly name: string; readonly roles: readonly string[] }[]
  >;
}

/** Pipelines by id or name; `spec` is the parsed spec of the newest run. */
export interface PipelineReader {
  readonly find: (ref: string) => Promise<{ readonly name: string; readonly spec: unknown } | null>;
  readonly list: () => Promise<readonly { readonly name: string; readonly spec: unknown }[]>;
}

/** Datasets that people hand over as files. `keep` throws UserInputError DATA_TYPE or DATA_SIZE and gives the path. */
export interface DatasetStore {
  readonly keep: (name: string, bytes: Uint8Array) => Promise<string>;
  readonly list: () => Promise<readonly { readonly name: string; readonly path: string }[]>;
}

/** The one way to change a run. */
export interface Commands {
  readonly dispatch: (request: {
    readonly key: string;
    readonly runId: string;
    readonly actor: Actor;
    readonly body: CommandBody;
    /** A one-time code that the command uses up, by its lookup. */
    readonly uses?: string | null;
  }) => Promise<
    | {
        readonly ok: true;
        readonly seq: number;
        readonly events: readonly string[];
        readonly ids: readonly string[];
      }
    | { readonly ok: false; readonly rejection: Rejection }
  >;
  readonly startRun: (request: StartRequest, actor: Actor, key: string) => Promise<StartedRun>;
  /** Makes a new run of a completed one, from a phase on; the old one is only read. */
  readonly forkRun: (
    runId: string,
    fromPhase: 1 | 2 | 3 | 4,
    actor: Actor,
    key: string,
  ) => Promise<{ readonly runId: string; readonly name: string; readonly seq: number }>;
  /** Plans the change of a run's spec that comments ask for; nothing changes before `apply`. */
  readonly planSpec: PlanSpec;
}

/** Where a run's work lies outside the home, and what stands against it; met by the runtime's record of deliveries. */
export interface DeliveryLine {
  readonly branch: string;
  readonly commit: string | null;
  readonly tags: readonly string[];
  /** Without any credential. */
  readonly remote: string | null;
  readonly bundle: string | null;
  readonly pullRequest: { readonly url: string; readonly number: number } | null;
  readonly fault: {
    readonly message: string;
    readonly next: string;
    readonly tries: number;
  } | null;
  readonly requestFault: { readonly message: string; readonly next: string } | null;
  readonly mainFault: { readonly message: string; readonly next: string } | null;
}

/** What was delivered of a run; null before the first try. */
export interface DeliveryReader {
  readonly read: (runId: string) => Promise<DeliveryLine | null>;
}

/** Kept datasets. `forget` with `confirmed` false only tells what would go. */
export interface Snapshots {
  readonly forget: (
    ref: string,
    confirmed: boolean,
    actor: Actor,
    key: string,
  ) => Promise<{
    readonly snapshot: string;
    readonly runs: readonly string[];
    readonly blobs: readonly string[];
    readonly stillHeld: readonly string[];
    readonly done: boolean;
  }>;
}

export interface Doctor {
  readonly examine: () => Promise<
    readonly {
      readonly what: string;
      readonly ok: boolean;
      readonly said: string;
      readonly next: string | null;
    }[]
  >;
}

/** One line of the audit log. */
export interface AuditLine {
  readonly id: number;
  readonly at: number;
  readonly runId: string | null;
  readonly actor: Actor;
  readonly person: string | null;
  readonly onBehalfOf: string | null;
  readonly action: string;
  readonly subject: string;
  readonly attested: string | null;
  readonly policyVersion: string | null;
  readonly evidence: string | null;
  readonly detail: unknown;
  readonly headHash: string | null;
}

/** The audit log, newest first. `append` is for what no command writes, such as a refused write. */
export interface AuditLog {
  readonly search: (query: {
    readonly text?: string;
    readonly action?: string;
    readonly person?: string;
    readonly runId?: string;
    readonly sinceMs?: number;
    readonly untilMs?: number;
    readonly limit?: number;
    readonly cursor?: string | null;
  }) => Promise<{ readonly items: readonly AuditLine[]; readonly next: string | null }>;
  readonly append: (line: {
    readonly action: string;
    readonly subject: string;
    readonly detail: { readonly [key: string]: string };
    readonly runId: string | null;
    readonly actor: Actor;
    readonly nowMs: number;
  }) => Promise<void>;
}

/**
 * People, accounts, policy and one-time codes. Every change is one audited commit; a refusal is a UserInputError (FILE_FIXED,
 * OWNER_ONLY, IDENTITY_TAKEN, CODE_INVALID …) and changes nothing.
 */
export interface Workspace {
  readonly access: (actor: Actor) => Promise<Access>;
  readonly people: () => Promise<readonly PersonView[]>;
  readonly setPerson: (change: PersonChange, actor: Actor, key: string) => Promise<void>;
  readonly makeLinkCode: (person: string, actor: Actor, key: string) => Promise<LinkCode>;
  readonly tie: (
    code: string,
    purpose: "claim" | "link",
    actor: Actor,
    key: string,
  ) => Promise<Tied>;
  readonly policy: (pipeline: string | null) => Promise<PolicyView>;
  readonly setPolicy: (change: PolicyChange, actor: Actor, key: string) => Promise<void>;
  readonly consent: () => Promise<ConsentView>;
  /** What may go to Claude from now on; null: nothing. */
  readonly setConsent: (
    level: ConsentView["wanted"] | null,
    actor: Actor,
    key: string,
  ) => Promise<void>;
  /** Has the bot send a code; gives the Slack accounts it goes to. */
  readonly askVoteCode: (
    vote: VoteCodeFor,
    actor: Actor,
    key: string,
  ) => Promise<readonly string[]>;
  readonly issueVoteCode: (
    vote: VoteCodeFor,
    actor: Actor,
    key: string,
  ) => Promise<LinkCode & { readonly accounts: readonly string[] }>;
  readonly proveVoter: (
    vote: VoteCodeFor,
    code: string | undefined,
    actor: Actor,
    key: string,
  ) => Promise<Proof>;
  readonly setFollowing: (
    wish: { readonly runId: string; readonly person: string; readonly follow: boolean },
    actor: Actor,
    key: string,
  ) => Promise<void>;
  /** Ids of the runs that a person follows. */
  readonly following: (person: string) => Promise<readonly string[]>;
  /** Puts an approval before people on an assistant's word; false: there is no surface that could show it. */
  readonly askForDecision: (
    ask: {
      readonly runId: string;
      readonly approvalId: string;
      readonly revision: number;
      readonly note: string;
    },
    actor: Actor,
    key: string,
  ) => Promise<boolean>;
}

/** What two runs are compared by: their spec as it stands, and what was measured and trained. */
export interface RunFactsReader {
  readonly read: (runId: string) => Promise<RunFacts>;
}

/** What the catalog is bound to; met structurally by the store and the runtime, wired in the composition. */
export interface CatalogDeps {
  readonly runs: RunReader;
  readonly approvals: ApprovalReader;
  readonly events: EventReader;
  readonly files: FileReader;
  readonly handoffs: HandoffReader;
  readonly feed: Feed;
  readonly people: PeopleReader;
  readonly pipelines: PipelineReader;
  readonly datasets: DatasetStore;
  readonly commands: Commands;
  readonly doctor: Doctor;
  readonly claude: ClaudePort;
  readonly usage: UsageReader;
  readonly audit: AuditLog;
  readonly workspace: Workspace;
  readonly runFacts: RunFactsReader;
  readonly delivery: DeliveryReader;
  readonly snapshots: Snapshots;
  /** When the worker last gave a sign of life; null: never. */
  readonly workerBeatAt: () => Promise<number | null>;
  readonly watch: WatchPort;
  readonly releases: ReleasePort;
  readonly digests: DigestPort;
  readonly costs: CostPort;
  /** IANA zone of the workspace. */
  readonly zone: string;
  readonly nowMs: () => number;
}
