import type { Breaker } from "./breaker.ts";
import { type Purse, tokensOfBase, tokensOfMessages } from "./budget.ts";
import type {
  Message,
  Model,
  ModelFault,
  ModelReply,
  ModelRequest,
  SystemBlock,
  ToolResultBlock,
  ToolSpec,
  ToolUseBlock,
} from "./model.ts";
import { tokensOf } from "./prices.ts";

/** Calls of tools that one message may cost. */
export const MOST_CALLS = 6;
/** Output tokens that one message may cost, over all its requests. */
export const MOST_OUTPUT = 4_000;
/** Less room than this gives no whole sentence. */
const LEAST_ROOM = 200;
/** One more for the answer, one for a model that had to be told. */
const MOST_TURNS = MOST_CALLS + 2;
const TRIES = 2;

/** What one call of a tool came to, as the model reads it. */
export interface ToolTold {
  readonly text: string;
  readonly isError: boolean;
}

/** Everything that answering one message needs. */
export interface ConversationInput {
  readonly model: Model;
  readonly modelName: string;
  readonly purse: Pick<Purse, "reserve" | "settle">;
  readonly breaker: Breaker;
  readonly system: readonly SystemBlock[];
  readonly tools: readonly ToolSpec[];
  /** What was said in the thread before, and last what is said now. */
  readonly messages: readonly Message[];
  /** Reads at once, or lays down what a person must press for. Never throws but for an abort. */
  readonly useTool: (call: ToolUseBlock) => Promise<ToolTold>;
  readonly signal: AbortSignal;
}

/** `unavailable`: nobody answered, and the grammar does; `code` is stable, BUDGET_SPENT among them. */
export type Conversed =
  | { readonly kind: "answer"; readonly text: string; readonly calls: number }
  | { readonly kind: "unavailable"; readonly code: string; readonly message: string };

const ENOUGH = `Not run: ${MOST_CALLS} calls are used up for this message. Answer with what you know, and say what you could not look up.`;

const none = (code: string, message: string): Conversed => ({ kind: "unavailable", code, message });

const textOf = ({ content }: ModelReply): string =>
  content
    .flatMap((block) => (block.type === "text" ? [block.text] : []))
    .join("\n")
    .trim();

const billed = async (
  { purse }: ConversationInput,
  call: string,
  model: string,
  fault: ModelFault,
): Promise<void> => {
  if (fault.billed === "unknown") await purse.settle(call, model, null, "unknown");
  else await purse.settle(call, model, fault.used === null ? [] : [fault.used], "aborted");
};

/** One request, tried twice where the fault passes by itself. Reserved before it is sent, settled whatever comes of it. */
const ask = async (
  input: ConversationInput,
  turn: number,
  request: ModelRequest,
): Promise<ModelReply | Extract<Conversed, { readonly kind: "unavailable" }>> => {
  const { breaker, model, purse, signal } = input;
  const prompt = tokensOfBase(request) + tokensOfMessages(request.messages);
  let last = { kind: "unavailable" as const, code: "CLAUDE_UNREACHABLE", message: "no answer" };
  for (let no = 0; no < TRIES; no++) {
    if (signal.aborted || breaker.openUntil(request.model) !== null) return last;
    const call = `${turn}.${no}`;
    const { maxTokens } = request;
    const held = await purse.reserve(call, { model: request.model, prompt, maxTokens });
    if (held.kind === "refused")
      return { kind: "unavailable", code: "BUDGET_SPENT", message: held.scope };
    const outcome = await model.send(request, () => {}, signal);
    if (outcome.ok) {
      breaker.answered(request.model);
      await purse.settle(call, request.model, outcome.reply.bill, "ok");
      return outcome.reply;
    }
    const { fault } = outcome;
    await billed(input, call, request.model, fault);
    last = { kind: "unavailable", code: fault.code, message: fault.message };
    if (fault.class !== "transient") return last;
    breaker.failed(request.model);
  }
  return last;
};

const useTools = async (
  input: ConversationInput,
  calls: readonly ToolUseBlock[],
  used: number,
): Promise<Message> => {
  const content: ToolResultBlock[] = [];
  for (const [at, call] of calls.entries()) {
    input.signal.throwIfAborted();
    const told =
      used + at < MOST_CALLS ? await input.useTool(call) : { text: ENOUGH, isError: true };
    content.push({ type: "tool_result", toolUseId: call.id, ...told });
  }
  return { role: "user", content };
};

const finalText = (reply: ModelReply): string => {
  const text = textOf(reply);
  return reply.stopReason === "max_tokens" && text !== "" ? `${text} … (cut: too long)` : text;
};

/**
 * Answers one message: reads as it goes, at most six calls and 4,000 output tokens. Tools run only where the stop reason says so. Every
 * fault, refusal, spent budget and an abort is a value; what throws is a defect or the store.
 */
export const converse = async (input: ConversationInput): Promise<Conversed> => {
  let { messages } = input;
  let [calls, output] = [0, 0];
  for (let turn = 1; turn <= MOST_TURNS; turn++) {
    const maxTokens = MOST_OUTPUT - output;
    if (maxTokens < LEAST_ROOM) return none("TOO_LONG", "the answer came to too many words");
    const { modelName, system, tools } = input;
    const reply = await ask(input, turn, {
      model: modelName,
      maxTokens,
      effort: "low",
      taskBudget: null,
      system,
      tools,
      messages,
      compact: false,
    });
    if ("kind" in reply) return reply;
    output += tokensOf(reply.bill).output;
    const wanted = reply.content.filter((block) => block.type === "tool_use");
    if (reply.stopReason !== "tool_use" || wanted.length === 0) {
      const text = finalText(reply);
      const ends = reply.stopReason === "end_turn" || reply.stopReason === "max_tokens";
      if (ends && text !== "") return { kind: "answer", text, calls };
      return none(reply.stopReason.toUpperCase(), "Claude gave no answer to this");
    }
    const results = await useTools(input, wanted, calls);
    calls += wanted.length;
    messages = [...messages, { role: "assistant", content: reply.content }, results];
  }
  return none("LOOPING", "Claude went on looking things up and gave no answer");
};
