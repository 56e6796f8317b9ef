import type { Effort, Message, ModelReply, ModelRequest, SystemBlock, ToolSpec } from "./model.ts";
import type { Submission } from "./tools/tool.ts";

/** One recorded call. `prepared` before it is sent, `completed` with its reply, `failed` where it gave none. */
export interface CallRecord {
  readonly attemptId: string;
  readonly turn: number;
  /** Tries of the turn, from 0. */
  readonly no: number;
  readonly state: "prepared" | "completed" | "failed";
  readonly requestHash: string;
  /** Null unless completed. */
  readonly reply: ModelReply | null;
  readonly fault: string | null;
}

/**
 * What came of one turn. `keep`: whether its reply is part of the conversation (a cut one is not). `restart`: the messages replace all
 * before them (a compaction). `submitted`: the attempt ended with this submission, whose call `toolUseId` is not answered yet.
 */
export interface TurnRecord {
  readonly turn: number;
  readonly attemptId: string;
  /** Try whose reply this turn acted on. */
  readonly no: number;
  readonly keep: boolean;
  readonly restart: boolean;
  /** What follows the reply: the answers to its tools, a reminder, a note. */
  readonly messages: readonly Message[];
  readonly manifestHash: string;
  /** Data cells in `messages`. */
  readonly cells: number;
  /** A file changed, or a check passed. */
  readonly progress: boolean;
  readonly submitted: { readonly toolUseId: string; readonly submission: Submission } | null;
}

/**
 * How a conversation began, rendered once: a new release of the product does not change one under way. `maxTokens` is the first room
 * of an answer; `cells` counts the data cells in `messages`; `secret` is what ids of untrusted text are made with.
 */
export interface Opening {
  readonly model: string;
  readonly effort: Effort;
  readonly maxTokens: number;
  readonly taskBudget: number | null;
  readonly limits: { readonly turns: number; readonly tokens: number };
  readonly system: readonly SystemBlock[];
  readonly tools: readonly ToolSpec[];
  readonly messages: readonly Message[];
  readonly cells: number;
  readonly secret: string;
}

/** Its attempt is no longer live under its fence: what it does counts no more. */
export const FENCED = "FENCED";

/**
 * The conversation of an attempt on disk. `prepare` is durable before the request leaves, `complete` before a tool runs, `endTurn`
 * (files included) before the next request. A repair or retry reads what the attempts it continues have written. Writers reject with
 * RetryableError FENCED when the attempt is no longer live.
 */
export interface AttemptRecord {
  readonly attemptId: string;
  /** Null before `open`; then what was opened first, whatever is given later. */
  readonly opening: () => Promise<Opening | null>;
  readonly open: (opening: Opening) => Promise<void>;
  readonly calls: () => Promise<readonly CallRecord[]>;
  readonly turns: () => Promise<readonly TurnRecord[]>;
  readonly prepare: (
    turn: number,
    no: number,
    request: ModelRequest,
    cells: number,
  ) => Promise<void>;
  readonly complete: (turn: number, no: number, reply: ModelReply) => Promise<void>;
  readonly fail: (turn: number, no: number, fault: string) => Promise<void>;
  /** Stores the files too; `manifestHash` of the record is filled in. */
  readonly endTurn: (
    record: Omit<TurnRecord, "manifestHash" | "attemptId">,
    files: ReadonlyMap<string, Uint8Array>,
  ) => Promise<void>;
  readonly files: (manifestHash: string) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Names a call in the ledger. */
export const callName = (turn: number, no: number): string => `${turn}.${no}`;
