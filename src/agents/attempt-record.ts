import type { Block, ModelReply, ModelRequest } from "./model.ts";

/** One recorded call. `prepared` before it is sent, `completed` with its reply, `failed` where it gave none. */
export interface CallRecord {
  readonly attemptId: string;
  /** Unique in the conversation: `<turn>.<try>`. */
  readonly call: string;
  readonly turn: number;
  readonly state: "prepared" | "completed" | "failed";
  readonly requestHash: string;
  /** Data cells that the request newly carries, counted by the tools. */
  readonly cells: number;
  readonly reply: ModelReply | null;
  readonly fault: string | null;
}

/** What came of one turn: the message that answers the reply's tool calls, and the workspace after it. */
export interface TurnRecord {
  readonly turn: number;
  /** The call whose reply this turn ran. */
  readonly call: string;
  readonly results: readonly Block[];
  readonly manifestHash: string;
  readonly cells: number;
}

/**
 * The conversation of an attempt on disk. `prepare` is durable before the request leaves, `complete` before a tool runs, `endTurn`
 * before the next request. A repair or retry reads what the attempt it continues has written.
 */
export interface AttemptRecord {
  readonly calls: () => Promise<readonly CallRecord[]>;
  readonly turns: () => Promise<readonly TurnRecord[]>;
  readonly prepare: (
    call: string,
    turn: number,
    request: ModelRequest,
    cells: number,
  ) => Promise<void>;
  readonly complete: (call: string, reply: ModelReply) => Promise<void>;
  readonly fail: (call: string, fault: string) => Promise<void>;
  readonly endTurn: (turn: TurnRecord) => Promise<void>;
}
