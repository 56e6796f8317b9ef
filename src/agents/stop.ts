import type { ModelReply } from "./model.ts";

/** The most that is asked for after answers that were cut. */
export const MAX_OUTPUT = 64_000;
const MAX_REMINDERS = 2;

/** What of a conversation decides the next step besides the reply. */
export interface StopMemory {
  /** Answers in a row that neither called a tool nor submitted. */
  readonly reminders: number;
  /** `maxTokens` of the request that was answered. */
  readonly maxTokens: number;
  /** Asked to write in parts already. */
  readonly inParts: boolean;
  /** Compacted for this very turn already. */
  readonly compacted: boolean;
  /** A paused answer was sent back already. */
  readonly paused: boolean;
}

/**
 * What follows a reply. `remind`: say that only `submit` ends the work. `larger`: drop the reply, same request with more room.
 * `in_parts`: drop it and ask for smaller pieces. `swap`: the reply is a summary that replaces the history.
 */
export type Next =
  | { readonly kind: "tools" }
  | { readonly kind: "remind" }
  | { readonly kind: "larger"; readonly maxTokens: number }
  | { readonly kind: "in_parts" }
  | { readonly kind: "compact" }
  | { readonly kind: "swap" }
  | { readonly kind: "resend" }
  | { readonly kind: "person"; readonly code: string; readonly message: string }
  | { readonly kind: "bug"; readonly code: string; readonly message: string };

const person = (code: string, message: string): Next => ({ kind: "person", code, message });
const bug = (code: string, message: string): Next => ({ kind: "bug", code, message });

const onCut = ({ inParts, maxTokens }: StopMemory): Next => {
  if (maxTokens < MAX_OUTPUT)
    return { kind: "larger", maxTokens: Math.min(maxTokens * 2, MAX_OUTPUT) };
  return inParts
    ? person("ANSWER_TOO_LONG", `the answer was cut at ${maxTokens} tokens again`)
    : { kind: "in_parts" };
};

/** Only the stop reason decides, never the words. Tools of a reply run only where this says `tools`. */
export const nextAfter = (reply: ModelReply, memory: StopMemory): Next => {
  const calls = reply.content.some((block) => block.type === "tool_use");
  switch (reply.stopReason) {
    case "tool_use":
      return calls ? { kind: "tools" } : { kind: "remind" };
    case "end_turn":
      return memory.reminders < MAX_REMINDERS
        ? { kind: "remind" }
        : person("NOT_SUBMITTED", "the specialist ended three times without submitting");
    case "max_tokens":
      return onCut(memory);
    case "refusal":
      return person(
        "REFUSED",
        `Claude refused${reply.stopCategory ? ` (${reply.stopCategory})` : ""}`,
      );
    case "model_context_window_exceeded":
      return memory.compacted
        ? person("TOO_LARGE", "the conversation is too large even when it is summarised")
        : { kind: "compact" };
    case "compaction":
      return { kind: "swap" };
    case "pause_turn":
      return memory.paused
        ? bug("PAUSED_TWICE", `paused without server tools, request ${reply.requestId}`)
        : { kind: "resend" };
    default:
      return bug("STOP_UNKNOWN", `stop reason ${reply.stopReason}, request ${reply.requestId}`);
  }
};
