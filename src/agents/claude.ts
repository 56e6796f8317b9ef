import Anthropic, {
  AnthropicError,
  APIConnectionError,
  APIError,
  APIUserAbortError,
} from "@anthropic-ai/sdk";
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import type {
  BetaContentBlockParam,
  BetaMessageParam,
  BetaTextBlockParam,
  BetaTool,
  MessageCreateParamsStreaming,
} from "@anthropic-ai/sdk/resources/beta/messages/messages";
import { messageOf } from "../lib/errors.ts";
import { BY_CODE, BY_STATUS, BY_TYPE, byStatus } from "./fault-classes.ts";
import { createHearing, type Hearing } from "./hearing.ts";
import type {
  Block,
  CacheFor,
  Message,
  Model,
  ModelFault,
  ModelInfo,
  ModelOutcome,
  ModelRequest,
  StreamEvent,
  UsageEntry,
} from "./model.ts";
import { createWatch } from "./watch.ts";

/** How long response headers may take. */
const HEADERS_MS = 120_000;
/** How long a stream may carry no byte; pings count. */
const SILENCE_MS = 90_000;
/** From here on the server clears old tool results, this many tokens at least each time. */
const CLEAR_FROM = 100_000;
const CLEAR_AT_LEAST = 30_000;
const KEEP_TOOL_USES = 8;
const NEVER_CLEARED = ["check_run", "make_run", "submit"];

/** What a request needs that is not in the published API yet. Each may be taken away by what the model can do. */
const BETAS = {
  taskBudget: "task-budgets-2026-03-13",
  updates: "thinking-display-updates-2026-08-18",
  binding: "thinking-binding-controls-2026-08-01",
  clearAt: "mid-conversation-system-clear-at-2026-08-21",
  contextManagement: "context-management-2025-06-27",
  compact: "compact-2026-09-04",
} as const;

export interface ClaudeSettings {
  readonly apiKey: string;
  /** Null: the vendor's address. */
  readonly baseUrl: string | null;
  /** Sent as the user of every request: a hash that names no person. */
  readonly userHash: string;
  /** A thinking block over a changed prefix: dropped by the server, or (tests) an error. */
  readonly onBrokenPrefix?: "drop_block" | "error";
  readonly silenceMs?: number;
  readonly warn: (message: string) => void;
}

/** Claude, and what its server says of a model (null where it has no such list, a fault where it cannot be asked). */
export interface Claude extends Model {
  readonly describe: (model: string, signal: AbortSignal) => Promise<ModelInfo | ModelFault | null>;
}

const marker = (cache: CacheFor | undefined) =>
  cache === undefined ? {} : { cache_control: { type: "ephemeral" as const, ttl: cache } };

const blockOf = (block: Block): BetaContentBlockParam => {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text, ...marker(block.cache) };
    case "tool_use":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input };
    case "tool_result":
      return {
        type: "tool_result",
        tool_use_id: block.toolUseId,
        content: block.text,
        ...(block.isError ? { is_error: true } : {}),
        ...marker(block.cache),
      };
    case "opaque":
      // It came from this wire and goes back as it came.
      return block.body as unknown as BetaContentBlockParam;
    default:
      return block satisfies never;
  }
};

const messageOfWire = ({ content, role }: Message): BetaMessageParam =>
  role === "system"
    ? {
        role,
        clear_at: "next_user_message",
        content: content
          .filter((block) => block.type === "text")
          .map((block) => ({ type: "text", text: block.text })),
      }
    : { role, content: content.map(blockOf) };

const contextManagement = {
  edits: [
    {
      type: "clear_tool_uses_20250919" as const,
      trigger: { type: "input_tokens" as const, value: CLEAR_FROM },
      keep: { type: "tool_uses" as const, value: KEEP_TOOL_USES },
      clear_at_least: { type: "input_tokens" as const, value: CLEAR_AT_LEAST },
      exclude_tools: NEVER_CLEARED,
    },
  ],
};

const bodyOf = (request: ModelRequest, settings: ClaudeSettings): MessageCreateParamsStreaming => {
  const { compact, effort, maxTokens, messages, model, system, taskBudget, tools } = request;
  const {
    clearAt,
    compact: compactBeta,
    contextManagement: clearing,
    taskBudget: budget,
    ...always
  } = BETAS;
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    system: system.map(
      ({ cache, text }): BetaTextBlockParam => ({ type: "text", text, ...marker(cache) }),
    ),
    tools: tools.map(
      ({ description, name, schema, strict }): BetaTool => ({
        name,
        description,
        // What strict schemas cannot say moves into their descriptions; every input is parsed with the full schema anyway.
        input_schema: (strict
          ? transformJSONSchema(schema)
          : schema) as unknown as BetaTool["input_schema"],
        ...(strict ? { strict } : {}),
      }),
    ),
    tool_choice: { type: "auto" },
    messages: messages.map(messageOfWire),
    cache_control: { type: "ephemeral" },
    service_tier: "standard_only",
    metadata: { user_id: settings.userHash },
    thinking: {
      type: "adaptive",
      display: "updates",
      block_binding: { prefix_mismatch_behavior: settings.onBrokenPrefix ?? "drop_block" },
    },
    output_config: {
      effort,
      ...(taskBudget === null ? {} : { task_budget: { type: "tokens", total: taskBudget } }),
    },
    // Clearing and compaction do not go together in one request.
    ...(compact
      ? { compaction: { type: "summarize" } }
      : { context_management: contextManagement }),
    betas: [
      ...Object.values(always),
      ...(taskBudget === null ? [] : [budget]),
      ...(messages.some(({ role }) => role === "system") ? [clearAt] : []),
      compact ? compactBeta : clearing,
    ],
  };
};

const retryAfterOf = (headers: Headers | undefined): number | null => {
  const inMs = Number(headers?.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(inMs) && inMs >= 0) return Math.ceil(inMs);
  const seconds = Number(headers?.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : null;
};

const apiFault = (error: APIError): Omit<ModelFault, "used" | "billed"> => {
  const known =
    (error.errorCode === null ? undefined : BY_CODE[error.errorCode]) ??
    (error.status === 413 ? BY_STATUS[413] : undefined) ??
    (error.type === null ? undefined : BY_TYPE[error.type]) ??
    (error.status === undefined
      ? (["transient", "SERVER_ERROR"] as const)
      : byStatus(error.status));
  const [kind, code] = known;
  return {
    class: kind,
    code,
    message: error.apiMessage ?? error.message,
    retryAfterMs: retryAfterOf(error.headers),
    requestId: error.requestID ?? null,
  };
};

const plain = (
  kind: ModelFault["class"],
  code: string,
  message: string,
): Omit<ModelFault, "used" | "billed"> => ({
  class: kind,
  code,
  message,
  retryAfterMs: null,
  requestId: null,
});

// The SDK's classes end here: what leaves this file is a value of ours.
const faultOf = (
  error: unknown,
  how: { readonly silent: boolean; readonly aborted: boolean },
): Omit<ModelFault, "used" | "billed"> => {
  if (how.silent)
    return plain("transient", "STREAM_SILENT", "the stream carried no byte for too long");
  if (how.aborted || error instanceof APIUserAbortError)
    return plain("aborted", "ABORTED", "the call was stopped from our side");
  if (error instanceof APIConnectionError)
    return plain("transient", "CONNECTION", messageOf(error.cause ?? error));
  if (error instanceof APIError) return apiFault(error);
  if (error instanceof SyntaxError || error instanceof AnthropicError || error instanceof TypeError)
    return plain("transient", "STREAM_CUT", messageOf(error));
  return plain("bug", "CLIENT_FAULT", messageOf(error));
};

// No connection, no request: these are all that undici gives before a byte was sent.
const UNSENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

const codesOf = (error: unknown): readonly unknown[] =>
  error instanceof Error
    ? [(error as { readonly code?: unknown }).code, ...codesOf(error.cause)]
    : [];

/** True where the server answered with an error in place of a stream, or was never reached. */
const isUnsent = (error: unknown): boolean =>
  error instanceof APIConnectionError
    ? codesOf(error).some((code) => UNSENT.includes(String(code)))
    : error instanceof APIError && error.status !== undefined;

const withBill = (
  fault: Omit<ModelFault, "used" | "billed">,
  used: UsageEntry | null,
  unsent: boolean,
): ModelFault => ({
  ...fault,
  used,
  billed: used !== null ? "known" : unsent ? "none" : "unknown",
});

const openClient = (settings: ClaudeSettings): Anthropic => {
  const warn = (message: string) => settings.warn(message);
  return new Anthropic({
    apiKey: settings.apiKey,
    authToken: null,
    credentials: null,
    webhookKey: null,
    baseURL: settings.baseUrl ?? "https://api.anthropic.com",
    maxRetries: 0,
    timeout: HEADERS_MS,
    openTelemetry: false,
    logLevel: "warn",
    logger: { error: warn, warn, info: () => {}, debug: () => {} },
  });
};

const describeModel = async (
  client: Anthropic,
  model: string,
  signal: AbortSignal,
): Promise<ModelInfo | ModelFault | null> => {
  try {
    const said = await client.beta.models.retrieve(model, {}, { signal });
    return {
      id: said.id,
      lifecycle: said.lifecycle ?? null,
      maxTokens: said.max_tokens,
      maxInputTokens: said.max_input_tokens,
    };
  } catch (error) {
    const fault = faultOf(error, { silent: false, aborted: signal.aborted });
    return fault.code === "MODEL_UNKNOWN" ? null : withBill(fault, null, true);
  }
};

/** The only client of the vendor's SDK. Every option is given, since several would be read from the environment. */
export const createClaude = (settings: ClaudeSettings): Claude => {
  const client = openClient(settings);

  const listen = async (
    request: ModelRequest,
    hearing: Hearing,
    fetching: typeof fetch,
    signal: AbortSignal,
  ): Promise<string | null> => {
    const sent = client
      .withOptions({ fetch: fetching })
      .beta.messages.create(bodyOf(request, settings), { signal });
    const { data, request_id: requestId } = await sent.withResponse();
    for await (const event of data) hearing.push(event);
    signal.throwIfAborted();
    return requestId ?? null;
  };

  const send = async (
    request: ModelRequest,
    on: (event: StreamEvent) => void,
    signal: AbortSignal,
  ): Promise<ModelOutcome> => {
    const hearing = createHearing(on);
    const quiet = new AbortController();
    const watch = createWatch(settings.silenceMs ?? SILENCE_MS, quiet);
    try {
      const requestId = await listen(
        request,
        hearing,
        watch.watched,
        AbortSignal.any([signal, quiet.signal]),
      );
      const reply = hearing.reply(requestId);
      if (reply !== null) return { ok: true, reply };
      const fault = plain("transient", "STREAM_CUT", "the stream ended before the answer did");
      return { ok: false, fault: withBill(fault, hearing.used(request.maxTokens), false) };
    } catch (error) {
      const how = { silent: quiet.signal.aborted && !signal.aborted, aborted: signal.aborted };
      return {
        ok: false,
        fault: withBill(faultOf(error, how), hearing.used(request.maxTokens), isUnsent(error)),
      };
    } finally {
      watch.stop();
    }
  };

  return {
    send,
    count: async (request, signal) => {
      const { messages, model, system, tools } = bodyOf(request, settings);
      const asked = { messages, model, ...(system ? { system } : {}), ...(tools ? { tools } : {}) };
      // Gateways need not have it: whoever asks has an estimate.
      return client.beta.messages
        .countTokens(asked, { signal })
        .then((said) => said.input_tokens)
        .catch(() => null);
    },
    describe: (model, signal) => describeModel(client, model, signal),
  };
};
