/** JSON as it travels to a model and back. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** How long a prefix up to this block is kept for reuse. At most four markers in a request, the longer ones first. */
export type CacheFor = "5m" | "1h";

/** One part of the system prompt. Holds nothing untrusted and nothing that names a run, a person or a time. */
export interface SystemBlock {
  readonly text: string;
  readonly cache?: CacheFor;
}

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
  readonly cache?: CacheFor;
}

export interface ToolUseBlock {
  readonly type: "tool_use";
  readonly id: string;
  readonly name: string;
  readonly input: Json;
}

export interface ToolResultBlock {
  readonly type: "tool_result";
  readonly toolUseId: string;
  readonly text: string;
  readonly isError: boolean;
  readonly cache?: CacheFor;
}

/** What only goes back unchanged: thinking with its signature, a compaction. `body` is the block as it came. */
export interface OpaqueBlock {
  readonly type: "opaque";
  readonly body: Readonly<Record<string, Json>>;
}

export type Block = TextBlock | ToolUseBlock | ToolResultBlock | OpaqueBlock;

/** `system` inside the conversation is a note of ours at its end that the next user message clears. */
export interface Message {
  readonly role: "user" | "assistant" | "system";
  readonly content: readonly Block[];
}

/** A tool as the model sees it. `schema` is JSON Schema of an object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, Json>>;
  readonly strict: boolean;
}

export const EFFORTS = ["low", "medium", "high", "xhigh", "max"] as const;
export type Effort = (typeof EFFORTS)[number];

/** One request. Everything that can change the answer is in it, so its hash names it in records and replay. */
export interface ModelRequest {
  readonly model: string;
  readonly maxTokens: number;
  readonly effort: Effort;
  /** Tokens that the model is told it may use in the whole conversation; advice, not a limit. Null: not told. */
  readonly taskBudget: number | null;
  readonly system: readonly SystemBlock[];
  readonly tools: readonly ToolSpec[];
  readonly messages: readonly Message[];
  /** Asks for a summary of the conversation in place of an answer. */
  readonly compact: boolean;
}

/** Tokens of one call, as in `UsageSettled`; the whole prompt is input + read + write5m + write1h. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  /** Part of `output`. */
  readonly thinking: number;
}

export const STOP_REASONS = [
  "tool_use",
  "end_turn",
  "max_tokens",
  "refusal",
  "pause_turn",
  "model_context_window_exceeded",
  "compaction",
  "stop_sequence",
] as const;
/** Anything else that a server sends is kept as it came. */
export type StopReason = (typeof STOP_REASONS)[number] | (string & {});

/** What one entry of the bill came to: the model that served it and its tokens. Most calls have one. */
export interface UsageEntry {
  readonly model: string;
  readonly kind: "message" | "compaction" | "advisor_message" | "fallback_message";
  readonly usage: Usage;
}

/** A whole answer. */
export interface ModelReply {
  readonly id: string;
  /** The model that served it, which need not be the one asked for. */
  readonly model: string;
  readonly content: readonly Block[];
  readonly stopReason: StopReason;
  /** Category of a refusal, where one is given. */
  readonly stopCategory: string | null;
  readonly bill: readonly UsageEntry[];
  readonly requestId: string | null;
  /** What the price table does not cover: a tier, a speed, a region, a fallback. */
  readonly flags: readonly string[];
}

/** What is heard while an answer streams. `usage` is cumulative: the newest replaces the one before. */
export type StreamEvent =
  | { readonly type: "started"; readonly id: string; readonly model: string }
  | { readonly type: "usage"; readonly usage: Usage }
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "alive" };

/** Why a call gave no answer; `class` is the engine's fault class, `used` what is known to have been spent. */
export interface ModelFault {
  readonly class: "transient" | "config" | "person" | "bug" | "too_large" | "aborted";
  /** Stable code: OVERLOADED, RATE_LIMITED, STREAM_CUT, KEY_REFUSED, SPEND_LIMIT, MODEL_UNKNOWN, BAD_REQUEST … */
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number | null;
  readonly requestId: string | null;
  readonly used: UsageEntry | null;
  /** `none`: the server did no work for it; `known`: `used` says what; `unknown`: it may have. */
  readonly billed: "none" | "known" | "unknown";
}

export type ModelOutcome =
  | { readonly ok: true; readonly reply: ModelReply }
  | { readonly ok: false; readonly fault: ModelFault };

/** What is known of a model at start. */
export interface ModelInfo {
  readonly id: string;
  readonly lifecycle: string | null;
  readonly maxTokens: number | null;
  readonly maxInputTokens: number | null;
}

/**
 * A language model. `send` never throws: every fault is a value, also an abort (class `aborted`), and it makes exactly one try, since
 * each try is a recorded call. `count` gives the tokens of the prompt, or null where the server cannot say.
 */
export interface Model {
  readonly send: (
    request: ModelRequest,
    on: (event: StreamEvent) => void,
    signal: AbortSignal,
  ) => Promise<ModelOutcome>;
  readonly count: (request: ModelRequest, signal: AbortSignal) => Promise<number | null>;
}
