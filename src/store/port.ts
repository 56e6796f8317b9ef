import type { Actor } from "../engine/command.ts";
import type { Rejection } from "../engine/context.ts";
import type { RunEvent } from "../engine/event.ts";
import type { RunState } from "../engine/state.ts";
import type {
  ApprovalReader,
  AttemptStore,
  AuditStore,
  CodeStore,
  ConversationStore,
  EventReader,
  FiguresReader,
  InboxStore,
  KeyStore,
  LedgerStore,
  ManifestStore,
  MessageStore,
  OutboxStore,
  PeopleReader,
  PipelineReader,
  RunReader,
  SettingReader,
} from "./groups.ts";
import type {
  AuditWrite,
  CodeRow,
  IdentityRow,
  Json,
  KeyRow,
  LedgerRow,
  ManifestRow,
  PersonRow,
  PipelineRow,
  ReservationRow,
  RunRow,
} from "./rows.ts";
import type { WatchReader, WatchReads, WatchWrite } from "./watch-port.ts";

/**
 * One unit of work. `runId` names the log (for what has no log, such as people or an incident, any stable id: its state is
 * then empty and the plan has no events). `payloadHash` covers command, run, person and body, not time and ids.
 * `stillRepeat`: asked when the key is known with the same payload; false treats the command as new and replaces the stored
 * answer (a vote that is no longer the latest, an assistant's key older than ten minutes). Default: always a repeat.
 */
export interface CommitRequest {
  readonly runId: string;
  readonly key: string;
  readonly payloadHash: string;
  readonly nowMs: number;
  readonly actor: Actor;
  readonly stillRepeat?: (stored: KeyRow, loaded: Loaded) => boolean;
}

/** Read in the same transaction as what is then written; synchronous, and valid only while `plan` runs. Never throws for a missing row. */
export interface Reads {
  readonly people: () => readonly PersonRow[];
  readonly identities: () => readonly IdentityRow[];
  /** A setting (policies, claim code hash, watch, incident …): the stored JSON, or null. */
  readonly setting: (key: string) => Json;
  readonly pipeline: (id: string) => PipelineRow | null;
  readonly pipelineByName: (name: string) => PipelineRow | null;
  readonly run: (runId: string) => RunRow | null;
  /** Another run, folded from its log (fork, retraining). Status "none" where there is no such run. */
  readonly state: (runId: string) => RunState;
  readonly manifest: (hash: string) => ManifestRow | null;
  readonly ledger: (scope: string) => LedgerRow | null;
  readonly reservations: (attemptId: string) => readonly ReservationRow[];
  readonly watch: WatchReads;
}

/** What a plan is made from. `headSeq` 0 and `headHash` of 64 zeros: nothing has happened yet. */
export interface Loaded {
  readonly state: RunState;
  readonly headSeq: number;
  readonly headHash: string;
  readonly reads: Reads;
}

/**
 * To be shown or pushed, written with the events. `target` names one `Deliver`; rows of one `lane` within a target go out in
 * order (default: the run). While a row of the same target and effect key still waits, its body is replaced.
 */
export interface OutboxWrite {
  readonly effectKey: string;
  readonly target: string;
  readonly lane?: string;
  readonly kind: string;
  readonly body: Json;
  /** Not before, epoch milliseconds. */
  readonly notBeforeMs?: number;
}

/**
 * `cap` sets or raises what a scope may spend (null: no cap). `settle` replaces what was held for a call by what it came to
 * and may be repeated: a later settlement of the same call and scope replaces the amount, it never adds. `release` gives back.
 */
export type LedgerWrite =
  | { readonly op: "cap"; readonly scope: string; readonly cap: number | null }
  | {
      readonly op: "settle";
      readonly attemptId: string;
      readonly call: string;
      readonly amounts: readonly { readonly scope: string; readonly amount: number }[];
    }
  | { readonly op: "release"; readonly attemptId: string; readonly call: string };

/**
 * `put` keeps a new code and ends the earlier ones of the same purpose, person and subject. `use` ends a code by the command that
 * was proved with it; UserInputError CODE_USED when another command was faster.
 */
export type CodeWrite =
  | { readonly op: "put"; readonly row: CodeRow }
  | { readonly op: "use"; readonly lookup: string };

/** Everything one command changes. Applied whole or not at all. */
export interface Writes<A extends Json = Json> {
  readonly events: readonly RunEvent[];
  readonly outbox: readonly OutboxWrite[];
  /** Stored under the key and given again to every repeat. */
  readonly answer: A;
  readonly ledger?: readonly LedgerWrite[];
  readonly audit?: readonly AuditWrite[];
  readonly manifests?: readonly ManifestRow[];
  readonly people?: readonly PersonRow[];
  /** `personId` null unties the identity. */
  readonly identities?: readonly (Omit<IdentityRow, "personId"> & {
    readonly personId: string | null;
  })[];
  readonly codes?: readonly CodeWrite[];
  /** `value` null removes the setting. */
  readonly settings?: readonly { readonly key: string; readonly value: Json }[];
  /** Created, or their spec replaced; a name that another pipeline has is UserInputError PIPELINE_NAME_TAKEN. */
  readonly pipelines?: readonly Pick<PipelineRow, "id" | "name" | "spec">[];
  /** Inbox rows that this command has dealt with. */
  readonly inboxDone?: readonly string[];
  /** Monitors, slots, Measures, Verdicts, Incidents, silences, digests and costs. */
  readonly watch?: readonly WatchWrite[];
}
export type Plan<A extends Json = Json> = Writes<A> | { readonly rejection: Rejection };

/** What became of a command. A rejection left no trace; the same key may be tried again. */
export type CommitOutcome<A extends Json = Json> =
  | {
      readonly kind: "committed";
      readonly answer: A;
      readonly state: RunState;
      readonly headSeq: number;
      readonly headHash: string;
    }
  | { readonly kind: "repeated"; readonly answer: A }
  | { readonly kind: "rejected"; readonly rejection: Rejection };

/**
 * The store, whatever the database. Every promise may be rejected with RetryableError (DB_BUSY, DISK_FULL: nothing was
 * written, the same call may be made again) or ConfigError (DB_CORRUPT, HOME_NOT_WRITABLE). A missing row is null, never an
 * exception. `close` is called once by who opened it; nothing else works afterwards.
 */
export interface Store {
  /**
   * Loads the run, calls `plan` once (pure and synchronous: no I/O, no await) and applies what it returns, in one
   * transaction: hash-chained events, projections, ledger, outbox, audit, key. The same key and payload give the first
   * answer without calling `plan`; the same key with another payload is the rejection KEY_REUSED. An error that `plan`
   * throws rolls everything back and is passed on.
   */
  readonly commit: <A extends Json>(
    request: CommitRequest,
    plan: (loaded: Loaded) => Plan<A>,
  ) => Promise<CommitOutcome<A>>;
  readonly events: EventReader;
  readonly runs: RunReader;
  readonly approvals: ApprovalReader;
  readonly attempts: AttemptStore;
  readonly ledger: LedgerStore;
  readonly conversations: ConversationStore;
  readonly outbox: OutboxStore;
  readonly inbox: InboxStore;
  readonly messages: MessageStore;
  readonly keys: KeyStore;
  readonly people: PeopleReader;
  readonly codes: CodeStore;
  readonly settings: SettingReader;
  readonly audit: AuditStore;
  readonly manifests: ManifestStore;
  readonly pipelines: PipelineReader;
  readonly figures: FiguresReader;
  readonly watch: WatchReader;
  readonly close: () => void;
}
