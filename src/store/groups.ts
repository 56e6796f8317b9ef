import type { Actor } from "../engine/command.ts";
import type { LoggedEvent } from "../engine/event.ts";
import type { ApprovalStatus, RunState, RunStatus } from "../engine/state.ts";
import type {
  ApprovalRow,
  AttemptRow,
  AuditRow,
  AuditWrite,
  CodeRow,
  FeedRow,
  IdentityRow,
  InboxRow,
  Json,
  KeyRow,
  LedgerRow,
  LlmCallRow,
  ManifestRow,
  MessageRow,
  ModelCallRow,
  ModelTurnRow,
  OutboxRow,
  Page,
  PersonRow,
  PhaseRow,
  PipelineRow,
  ReservationRow,
  RunRow,
  StepRow,
  VoteRow,
} from "./rows.ts";

/** The log. */
export interface EventReader {
  /** Events of a run after `seq` (0: from the start), ascending, at most `limit` (default 1,000). */
  readonly since: (runId: string, seq: number, limit?: number) => Promise<readonly LoggedEvent[]>;
  readonly head: (runId: string) => Promise<{ readonly seq: number; readonly hash: string } | null>;
  /** The position of the newest event of all runs, 0 in an empty log. Cheap: meant to be polled. */
  readonly maxSeq: () => Promise<number>;
  /** What happened after position `pos`, in all runs or one, ascending, at most `limit` (default 500). */
  readonly changedSince: (
    pos: number,
    filter?: { readonly runId?: string; readonly limit?: number },
  ) => Promise<readonly FeedRow[]>;
}

export interface RunQuery {
  /** Part of the run's name. */
  readonly text?: string;
  readonly status?: readonly RunStatus[];
  readonly pipelineId?: string;
  readonly startedBy?: string;
  /** 1..200, default 20. */
  readonly limit?: number;
  readonly cursor?: string | null;
}

export interface RunReader {
  /**
   * By id, by name (`birdstrikes-12`) or by a prefix of the id that fits one run only, case ignored; the name of a pipeline means
   * its newest run. Several: `candidates`.
   */
  readonly find: (
    ref: string,
  ) => Promise<RunRow | null | { readonly candidates: readonly RunRow[] }>;
  /** Newest first. */
  readonly search: (query: RunQuery) => Promise<Page<RunRow>>;
  /** Runs that can still change: running and paused. Oldest first. */
  readonly live: () => Promise<readonly RunRow[]>;
  /** The run folded from its log. Status "none" where there is none. */
  readonly state: (runId: string) => Promise<RunState>;
  readonly phases: (runId: string) => Promise<readonly PhaseRow[]>;
  /** In playbook order. */
  readonly steps: (runId: string) => Promise<readonly StepRow[]>;
}

export interface ApprovalReader {
  /** By id, or by a prefix that fits one approval only. */
  readonly find: (ref: string) => Promise<ApprovalRow | null>;
  /** By run or status, soonest deadline first. Default status: those that take votes. limit 1..200, default 50. */
  readonly list: (query: {
    readonly runId?: string;
    readonly status?: readonly ApprovalStatus[];
    readonly limit?: number;
  }) => Promise<readonly ApprovalRow[]>;
  /** The latest vote per person, oldest first. */
  readonly votes: (approvalId: string) => Promise<readonly VoteRow[]>;
}

export interface AttemptStore {
  readonly get: (attemptId: string) => Promise<AttemptRow | null>;
  /** Attempts of a run, or of one step of it, oldest first. */
  readonly list: (runId: string, step?: string) => Promise<readonly AttemptRow[]>;
  /** Claimed attempts of all runs, with the lease of their last heartbeat. */
  readonly live: () => Promise<readonly AttemptRow[]>;
  /** Extends the lease. False: the attempt is no longer live under this fence (FENCED), stop and throw the result away. */
  readonly beat: (beat: {
    readonly attemptId: string;
    readonly fence: number;
    readonly leaseUntilMs: number;
    readonly nowMs: number;
  }) => Promise<boolean>;
}

export type Reserved =
  | { readonly kind: "held" }
  | {
      readonly kind: "refused";
      readonly scope: string;
      readonly need: number;
      readonly have: number;
    };

export interface LedgerStore {
  readonly get: (scope: string) => Promise<LedgerRow | null>;
  /** Scopes that start with `prefix`, sorted. */
  readonly list: (prefix: string) => Promise<readonly LedgerRow[]>;
  /**
   * Holds an amount in every scope or in none: the first scope that refuses rolls all back and is named. A scope without a row
   * has no cap. The same attempt and call again gives "held" without holding twice.
   */
  readonly reserve: (request: {
    readonly attemptId: string;
    readonly call: string;
    readonly amounts: readonly { readonly scope: string; readonly amount: number }[];
    readonly nowMs: number;
  }) => Promise<Reserved>;
  /** Reservations still held, of one attempt or of all. */
  readonly held: (attemptId?: string) => Promise<readonly ReservationRow[]>;
  /** Settled model calls, oldest first. */
  readonly calls: (query: {
    readonly runId?: string;
    readonly sinceMs?: number;
    readonly limit?: number;
  }) => Promise<readonly LlmCallRow[]>;
}

/**
 * Conversations with a model. Writes carry the fence of their attempt and give false when it is no longer live under it: whoever wrote
 * stops and throws the result away. Readers are sorted by turn and try.
 */
export interface ConversationStore {
  readonly prepare: (row: ModelCallRow, fence: number) => Promise<boolean>;
  readonly end: (
    call: Pick<ModelCallRow, "conversation" | "turn" | "no" | "attemptId">,
    end: Pick<ModelCallRow, "state" | "replyHash" | "fault" | "endedAt">,
    fence: number,
  ) => Promise<boolean>;
  readonly endTurn: (row: ModelTurnRow, fence: number) => Promise<boolean>;
  readonly calls: (query: {
    readonly conversation?: string;
    readonly runId?: string;
    readonly attemptId?: string;
  }) => Promise<readonly ModelCallRow[]>;
  readonly turns: (query: {
    readonly conversation?: string;
    readonly runId?: string;
  }) => Promise<readonly ModelTurnRow[]>;
}

/** A row that was claimed for sending; `token` must come back with the result. */
export interface ClaimedOutbox extends OutboxRow {
  readonly token: string;
}

/** Delivery is at least once: a claim whose lease ran out is given out again. */
export interface OutboxStore {
  /** Gives back what was claimed for a target and not sent, whoever has it; gives its number. For whoever proved them dead. */
  readonly takeOver: (target: string) => Promise<number>;
  /** Makes rows dead that were written before `beforeMs` and are still not sent; gives them. */
  readonly expire: (request: {
    readonly target: string;
    readonly beforeMs: number;
  }) => Promise<readonly OutboxRow[]>;
  /**
   * Takes up to `limit` rows that are due, the oldest of each lane only, so that a lane stays in order. `externalRef` set: this
   * effect is shown already, edit it. Rows pending for more than 24 hours become dead instead.
   */
  readonly claim: (request: {
    readonly target: string;
    readonly limit: number;
    readonly leaseUntilMs: number;
    readonly nowMs: number;
  }) => Promise<readonly ClaimedOutbox[]>;
  /** Records that a row was sent and where it lies. False: the claim was lost meanwhile; nothing changed. */
  readonly sent: (result: {
    readonly id: number;
    readonly token: string;
    readonly externalRef: string | null;
    readonly nowMs: number;
  }) => Promise<boolean>;
  /** Back to pending until `nextAtMs`, or dead (null: it can never succeed). False: the claim was lost meanwhile. */
  readonly failed: (result: {
    readonly id: number;
    readonly token: string;
    readonly nextAtMs: number | null;
    readonly error: string;
    readonly nowMs: number;
  }) => Promise<boolean>;
  readonly list: (query: {
    readonly state?: OutboxRow["state"];
    readonly target?: string;
    readonly runId?: string;
    readonly limit?: number;
  }) => Promise<readonly OutboxRow[]>;
}

export interface InboxStore {
  /**
   * Durable when the promise resolves; calls of one tick of the event loop share one transaction. False: seen before. With
   * `leaseUntilMs` nobody else takes the row until then.
   */
  readonly receive: (
    row: Omit<InboxRow, "tries"> & { readonly leaseUntilMs?: number },
  ) => Promise<boolean>;
  /** Rows not yet dealt with and not leased, oldest first; they stay leased until `leaseUntilMs`. */
  readonly take: (request: {
    /** Only rows of this source; of all when it is not given. */
    readonly source?: string;
    readonly limit: number;
    readonly nowMs: number;
    readonly leaseUntilMs: number;
  }) => Promise<readonly InboxRow[]>;
  readonly done: (key: string, nowMs: number) => Promise<void>;
  /** Ends every lease on what is not done of a source, whoever has it; gives their number. For whoever proved them dead. */
  readonly takeOver: (source: string) => Promise<number>;
  /** Forgets rows dealt with before `beforeMs`; gives their number. */
  readonly forget: (beforeMs: number) => Promise<number>;
}

export interface MessageStore {
  readonly get: (target: string, effectKey: string) => Promise<MessageRow | null>;
  /** The effect that is shown at this place, to find the way back from a click. */
  readonly byRef: (target: string, externalRef: string) => Promise<MessageRow | null>;
  /** Writes the row unless a higher revision is there. False: it was not written. */
  readonly put: (row: MessageRow) => Promise<boolean>;
}

export interface KeyStore {
  readonly get: (key: string) => Promise<KeyRow | null>;
  /** Forgets keys stored before `beforeMs` (kept 30 days); gives their number. */
  readonly forget: (beforeMs: number) => Promise<number>;
}

export interface PeopleReader {
  readonly list: () => Promise<readonly PersonRow[]>;
  readonly get: (id: string) => Promise<PersonRow | null>;
  /** The person behind an identity; null for an unknown or untied one. */
  readonly byIdentity: (kind: IdentityRow["kind"], subject: string) => Promise<PersonRow | null>;
  readonly identities: (personId: string) => Promise<readonly IdentityRow[]>;
}

export interface CodeStore {
  /** The live codes of one person for one purpose and subject. */
  readonly live: (query: {
    readonly purpose: CodeRow["purpose"];
    readonly personId?: string;
    readonly subject?: string;
    readonly nowMs: number;
  }) => Promise<readonly CodeRow[]>;
  /**
   * Counts a try before anybody compares the code, so that a crash gives none away. Null: unknown, expired, used by another
   * command than `key`, or out of tries. A code that `key` itself used is given back without counting.
   */
  readonly attempt: (request: {
    readonly lookup: string;
    readonly purpose: CodeRow["purpose"];
    readonly key: string;
    readonly nowMs: number;
  }) => Promise<CodeRow | null>;
}

export interface SettingReader {
  readonly get: (key: string) => Promise<Json>;
  /** Settings whose key starts with `prefix`, sorted by key. */
  readonly list: (
    prefix: string,
  ) => Promise<
    readonly { readonly key: string; readonly value: Json; readonly changedAt: number }[]
  >;
}

export interface AuditStore {
  /** For what happens outside a command (a dead message, a refused worker role). */
  readonly append: (
    line: AuditWrite & {
      readonly runId: string | null;
      readonly actor: Actor;
      readonly nowMs: number;
    },
  ) => Promise<void>;
  /** Newest first. `text` is searched in action, subject and detail. limit 1..200, default 50. */
  readonly search: (query: {
    readonly text?: string;
    readonly action?: string;
    readonly person?: string;
    readonly runId?: string;
    readonly sinceMs?: number;
    readonly untilMs?: number;
    readonly limit?: number;
    readonly cursor?: string | null;
  }) => Promise<Page<AuditRow>>;
}

/** Counts over all runs, for operators. Times are epoch milliseconds. */
export interface FiguresReader {
  readonly read: (nowMs: number) => Promise<{
    /** By state; a state that no run is in is absent. */
    readonly runs: Readonly<Partial<Record<string, number>>>;
    readonly openApprovals: number;
    readonly overdueApprovals: number;
    readonly outbox: readonly {
      readonly target: string;
      readonly waiting: number;
      readonly dead: number;
      /** When the oldest row that is due became so. */
      readonly oldestDueAt: number | null;
    }[];
    readonly attemptsLive: number;
    readonly workerBeatAt: number | null;
    readonly spentMicroUsd: number;
  }>;
}

export interface ManifestStore {
  readonly get: (hash: string) => Promise<ManifestRow | null>;
  /** Stores a manifest under its own hash and gives it; the same files again change nothing. */
  readonly put: (files: ManifestRow["files"]) => Promise<string>;
}

export interface PipelineReader {
  /** By id or by name. */
  readonly find: (ref: string) => Promise<PipelineRow | null>;
  /** By name. */
  readonly list: () => Promise<readonly PipelineRow[]>;
}
