import type { Actor, FileEntry, Tokens } from "../engine/command.ts";
import type {
  ApprovalState,
  AttemptState,
  PauseReason,
  PhaseState,
  RunStatus,
  StepState,
  StepStatus,
  VoteState,
} from "../engine/state.ts";

/** What can be kept as JSON: integers, strings, booleans, null, and lists and records of them. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** When a projected thing first appeared and when an event last changed it, epoch milliseconds. */
export interface Stamps {
  readonly createdAt: number;
  readonly changedAt: number;
}

/** One run as lists show it. `name` is `<pipeline>-<number>`; `currentPhase` is the first that is not done (null: all are). */
export interface RunRow extends Stamps {
  readonly runId: string;
  readonly pipelineId: string;
  readonly number: number;
  readonly name: string;
  readonly status: RunStatus;
  readonly pauses: readonly PauseReason[];
  readonly currentPhase: 1 | 2 | 3 | 4 | null;
  readonly startedBy: string | null;
  readonly specHash: string;
  readonly spentMicroUsd: number;
  readonly spentTokens: number;
  /** Approvals that take votes now (open or escalated). */
  readonly openApprovals: number;
  /** In playbook order. */
  readonly steps: readonly {
    readonly key: string;
    readonly phase: 1 | 2 | 3 | 4;
    readonly status: StepStatus;
  }[];
  readonly failure: string | null;
  readonly headSeq: number;
  readonly headHash: string;
}

export interface PhaseRow extends PhaseState, Stamps {
  readonly runId: string;
}
export interface StepRow extends StepState, Stamps {
  readonly runId: string;
}
/** `beatAt` and `leaseUntilMs` are those of the last heartbeat, or of the claim while there was none. */
export interface AttemptRow extends AttemptState, Stamps {
  readonly runId: string;
  readonly beatAt: number | null;
}
export interface ApprovalRow extends ApprovalState, Stamps {
  readonly runId: string;
  readonly runName: string;
}
/** The latest vote for one person; `voter` is whom it counts for. */
export interface VoteRow extends VoteState, Stamps {
  readonly runId: string;
  readonly approvalId: string;
  readonly voter: string;
}

/** A person; `roles` are names that the policy knows. An inactive person may do nothing. */
export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly active: boolean;
  /** Whether mlpipeline.yml names the person (then it alone changes it) or a command did. */
  readonly source: "file" | "set";
}
/** How a surface knows a person: `kind` slack, `subject` team/user; mcp, issuer/subject; os, the user's name. */
export interface IdentityRow {
  readonly kind: "slack" | "mcp" | "os";
  readonly subject: string;
  readonly personId: string;
  readonly source: "file" | "set";
}

/**
 * A one-time code. `lookup` is its first group, which finds the row and proves nothing; `hash` is of the rest. `subject` is what
 * the code is for besides the person (an approval and its revision), or empty. `expiresAt` null: only its use ends it.
 */
export interface CodeRow {
  readonly lookup: string;
  readonly purpose: "claim" | "link" | "vote";
  readonly personId: string;
  readonly subject: string;
  readonly salt: string;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly triesLeft: number;
  readonly usedAt: number | null;
  /** Key of the command that used it: a repeat of that command is no second use. */
  readonly usedKey: string | null;
}

/** What a team wants built. `name` is unique; runs are numbered per pipeline from 1. */
export interface PipelineRow {
  readonly id: string;
  readonly name: string;
  readonly spec: Json;
  readonly createdAt: number;
}

/** One capped amount. `cap` null: no cap stated. spent + held <= cap holds at every reservation. Unit follows from the scope. */
export interface LedgerRow {
  readonly scope: string;
  readonly cap: number | null;
  readonly spent: number;
  readonly held: number;
}
/** One amount of one model call in one scope. `amount` is what was reserved; `settled` what it came to (null before). */
export interface ReservationRow {
  readonly attemptId: string;
  readonly call: string;
  readonly scope: string;
  readonly amount: number;
  readonly settled: number | null;
  readonly state: "held" | "settled" | "released";
  readonly at: number;
}
/** One model call as it was settled. `superseded`: a later settlement corrects it, so it counts no more. */
export interface LlmCallRow {
  readonly attemptId: string;
  readonly call: string;
  readonly runId: string;
  readonly step: string | null;
  readonly phase: 1 | 2 | 3 | 4 | null;
  readonly model: string;
  readonly tokens: Tokens;
  readonly microUsd: number;
  readonly priceVersion: string;
  readonly outcome: "ok" | "aborted" | "unknown";
  readonly corrects: string | null;
  readonly superseded: boolean;
  readonly at: number;
}

/**
 * One call of a model within a conversation (an attempt and those that continue it); `no` counts the tries of its turn from 0. The
 * hashes name blobs: what was asked, and what was answered.
 */
export interface ModelCallRow {
  readonly conversation: string;
  readonly turn: number;
  readonly no: number;
  readonly attemptId: string;
  readonly runId: string;
  readonly state: "prepared" | "completed" | "failed";
  readonly requestHash: string;
  readonly replyHash: string | null;
  readonly fault: string | null;
  readonly cells: number;
  readonly at: number;
  readonly endedAt: number | null;
}
/** One finished turn of a conversation: its document is a blob. */
export interface ModelTurnRow {
  readonly conversation: string;
  readonly turn: number;
  readonly attemptId: string;
  readonly runId: string;
  readonly documentHash: string;
  readonly cells: number;
  readonly at: number;
}

/** Something to be shown or pushed. `externalRef` is what the target gave for this effect key when it was first sent. */
export interface OutboxRow {
  readonly id: number;
  readonly effectKey: string;
  readonly runId: string | null;
  readonly seq: number;
  readonly target: string;
  readonly lane: string;
  readonly kind: string;
  readonly body: Json;
  readonly state: "pending" | "sending" | "sent" | "dead";
  readonly tries: number;
  readonly createdAt: number;
  readonly nextAt: number;
  readonly externalRef: string | null;
  readonly lastError: string | null;
}
/** Where a shown thing lies: found again by target and effect key, edited in place. `hash` is of the content last sent. */
export interface MessageRow {
  readonly target: string;
  readonly effectKey: string;
  readonly externalRef: string;
  readonly revision: number;
  readonly hash: string;
  readonly at: number;
}
/** Something that arrived from outside, kept before it is acknowledged. */
export interface InboxRow {
  readonly key: string;
  readonly source: string;
  readonly body: Json;
  readonly receivedAt: number;
  readonly tries: number;
}

/** One line of the audit log. `evidence` is the hash that was decided on; headSeq and headHash are of the log after it. */
export interface AuditRow {
  readonly id: number;
  readonly at: number;
  readonly runId: string | null;
  readonly actor: Actor;
  readonly person: string | null;
  readonly onBehalfOf: string | null;
  readonly action: string;
  readonly subject: string;
  readonly attested: "slack" | "code" | "client" | "none" | null;
  readonly policyVersion: string | null;
  readonly evidence: string | null;
  readonly detail: Json;
  readonly headSeq: number;
  readonly headHash: string | null;
}

/** An audit line; time, actor, person, run and head are filled in by the store. */
export type AuditWrite = Pick<AuditRow, "action" | "subject"> &
  Partial<Pick<AuditRow, "onBehalfOf" | "attested" | "policyVersion" | "evidence" | "detail">>;

/** The answer that an accepted command got. */
export interface KeyRow {
  readonly key: string;
  readonly runId: string;
  readonly payloadHash: string;
  readonly answer: Json;
  /** The run's head seq after that command. */
  readonly headSeq: number;
  readonly at: number;
}

export interface ManifestRow {
  readonly hash: string;
  readonly files: readonly FileEntry[];
}

/** One line of the feed: what happened, in the order of all runs. `pos` grows, with gaps allowed. */
export interface FeedRow {
  readonly pos: number;
  readonly runId: string;
  readonly seq: number;
  readonly type: string;
  readonly at: number;
}

/** A page of a list. `next` is given to the same call to go on; null: there is no more. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
