import { createHash } from "node:crypto";
import type {
  BetaContentBlockParam,
  BetaMessageParam,
} from "@anthropic-ai/sdk/resources/beta/messages/messages";
import type { WireRequest } from "./wire.ts";

const blocksOf = (message: BetaMessageParam): readonly BetaContentBlockParam[] =>
  typeof message.content === "string"
    ? [{ type: "text", text: message.content }]
    : ((message.content ?? []) as readonly BetaContentBlockParam[]);

const markersOf = (request: WireRequest): readonly ("5m" | "1h")[] => {
  const system = typeof request.system === "string" ? [] : (request.system ?? []);
  const all: object[] = [
    ...(request.tools ?? []),
    ...system,
    ...request.messages.flatMap(blocksOf),
  ];
  const explicit = all.flatMap((block) => {
    const marker = (block as { cache_control?: { ttl?: "5m" | "1h" } | null }).cache_control;
    return marker ? [marker.ttl ?? "5m"] : [];
  });
  return [...explicit, ...(request.cache_control ? (["5m"] as const) : [])];
};

const NEEDS_BETA: readonly (readonly [string, (request: WireRequest) => boolean])[] = [
  ["task-budgets-2026-03-13", ({ output_config }) => Boolean(output_config?.task_budget)],
  ["context-management-2025-06-27", ({ context_management }) => Boolean(context_management)],
  ["compact-2026-09-04", ({ compaction }) => Boolean(compaction)],
  [
    "thinking-display-updates-2026-08-18",
    ({ thinking }) => thinking?.type === "adaptive" && thinking.display === "updates",
  ],
  [
    "thinking-binding-controls-2026-08-01",
    ({ thinking }) => thinking?.type === "adaptive" && Boolean(thinking.block_binding),
  ],
  [
    "mid-conversation-system-clear-at-2026-08-21",
    ({ messages }) =>
      messages.some(
        (one) => one.role === "system" && Boolean((one as { clear_at?: string }).clear_at),
      ),
  ],
];

const badSettings = (request: WireRequest): string | null => {
  const loose = request as { temperature?: unknown; top_p?: unknown; top_k?: unknown };
  if (request.tool_choice && request.tool_choice.type !== "auto")
    return "tool_choice: forced tool choice is not supported";
  if (loose.temperature !== undefined || loose.top_p !== undefined || loose.top_k !== undefined)
    return "sampling parameters are not supported";
  if (request.thinking && request.thinking.type !== "adaptive")
    return "thinking: only adaptive is supported";
  if (request.max_tokens < 1 || request.max_tokens > 128_000) return "max_tokens: out of range";
  if ((request.output_config?.task_budget?.total ?? 20_000) < 20_000)
    return "task_budget.total: at least 20000";
  if (request.compaction && request.context_management)
    return "compaction and context_management exclude each other";
  const missing = NEEDS_BETA.find(([beta, used]) => used(request) && !request.betas.includes(beta));
  if (missing) return `a field needs the beta ${missing[0]}`;
  const markers = markersOf(request);
  if (markers.length > 4) return `cache_control: at most 4 markers, got ${markers.length}`;
  if (markers.some((ttl, at) => ttl === "1h" && markers.slice(0, at).includes("5m")))
    return "cache_control: 1h must come before 5m";
  return null;
};

const UNSUPPORTED = [
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "pattern",
  "minItems",
  "maxItems",
];

const badStrictSchema = (schema: unknown): string | null => {
  if (typeof schema !== "object" || schema === null) return null;
  for (const [key, value] of Object.entries(schema)) {
    const few = key === "minItems" && (value === 0 || value === 1);
    if (UNSUPPORTED.includes(key) && typeof value !== "object" && !few)
      return `strict schemas do not support ${key}`;
    const bad = badStrictSchema(value);
    if (bad) return bad;
  }
  const { type, additionalProperties } = schema as {
    type?: string;
    additionalProperties?: unknown;
  };
  return type === "object" && additionalProperties !== false
    ? "strict objects need additionalProperties: false"
    : null;
};

const badTools = (request: WireRequest): string | null => {
  const names = (request.tools ?? []).map((tool) => (tool as { name?: string }).name ?? "");
  if (new Set(names).size < names.length) return "tools: names must be unique";
  if (names.some((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name))) return "tools: bad name";
  for (const tool of request.tools ?? []) {
    const { input_schema, strict } = tool as { input_schema?: { type?: string }; strict?: boolean };
    if (input_schema?.type !== "object") return "tools: input_schema.type must be object";
    const bad = strict ? badStrictSchema(input_schema) : null;
    if (bad) return bad;
  }
  return null;
};

const badMessage = (message: BetaMessageParam): string | null => {
  const blocks = blocksOf(message);
  if (blocks.length === 0) return "messages: content must not be empty";
  if (blocks.some((block) => block.type === "text" && block.text.trim() === ""))
    return "messages: text must not be empty";
  return null;
};

const badResults = (open: readonly string[], results: readonly string[]): string | null => {
  const missing = open.find((id) => !results.includes(id));
  if (missing) return `tool_use ${missing} has no tool_result in the next message`;
  const stray = results.find((id) => !open.includes(id));
  if (stray) return `tool_result ${stray} answers no tool_use of the message before`;
  return new Set(results).size < results.length ? "tool_result: answered twice" : null;
};

/** Every call is answered, once, in the message that follows it. */
const badCalls = (messages: readonly BetaMessageParam[]): string | null => {
  const seen: string[] = [];
  let open: readonly string[] = [];
  for (const message of messages.filter(({ role }) => role !== "system")) {
    const blocks = blocksOf(message);
    const bad = badResults(
      open,
      blocks.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : [])),
    );
    if (bad) return bad;
    open = blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
    const twice = open.find((id, at) => seen.includes(id) || open.indexOf(id) !== at);
    if (twice) return `tool_use ids must be unique, ${twice} is there twice`;
    seen.push(...open);
  }
  return open.length === 0 ? null : `tool_use ${open[0]} is not answered`;
};

const badOrder = (request: WireRequest, mayEndWithAssistant: boolean): string | null => {
  const { messages } = request;
  const [first] = messages;
  if (!first) return "messages: at least one";
  const isSummary = blocksOf(first).some((block) => block.type === "compaction");
  if (first.role !== "user" && !isSummary) return "messages: the first must be user";
  const last = messages.findLast(({ role }) => role !== "system");
  if (last?.role === "assistant" && !mayEndWithAssistant && !isSummary)
    return "prefill is not supported";
  for (const [at, message] of messages.entries())
    if (message.role === "system" && messages[at - 1]?.role !== "user")
      return "a system message must follow a user message";
  return null;
};

/** Why the API would refuse a request, or null. `mayEndWithAssistant`: the last answer was paused. */
export const refusalOf = (request: WireRequest, mayEndWithAssistant: boolean): string | null =>
  badSettings(request) ??
  badTools(request) ??
  request.messages.map(badMessage).find((bad) => bad !== null) ??
  badOrder(request, mayEndWithAssistant) ??
  badCalls(request.messages);

const strip = (value: unknown): string =>
  JSON.stringify(value, (key, item: unknown) => (key === "cache_control" ? undefined : item));

/** Everything before a place of a conversation, as thinking blocks are bound to it. */
export const prefixBefore = (request: WireRequest, at: number): string =>
  createHash("sha256")
    .update(strip([request.model, request.tools, request.system, request.messages.slice(0, at)]))
    .digest("hex");

/** The first thinking block that stands on another prefix than it was made on. `known`: prefix by signature. */
export const brokenThinking = (
  request: WireRequest,
  known: ReadonlyMap<string, string>,
): string | null => {
  for (const [at, message] of request.messages.entries()) {
    if (message.role !== "assistant") continue;
    for (const block of blocksOf(message)) {
      if (block.type !== "thinking") continue;
      const made = known.get(block.signature);
      if (made === undefined) return "thinking: the signature is not ours";
      if (made !== prefixBefore(request, at))
        return "thinking: the messages before it were changed";
    }
  }
  return null;
};
