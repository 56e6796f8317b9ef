import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BetaMessage } from "@anthropic-ai/sdk/resources/beta/messages/messages";
import { createCache, type PromptUsage, piecesOf } from "./cache.ts";
import { brokenThinking, prefixBefore, refusalOf } from "./strict.ts";
import {
  type Breaks,
  eventsOf,
  type Script,
  type Scripted,
  tokensOfContent,
  type WireRequest,
} from "./wire.ts";

/** One line of the bill: what the server would charge for a request. */
export interface BillLine {
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  /** False for a stream that was cut: its output is what was sent. */
  readonly whole: boolean;
  /** The client was told these very counts before the stream was cut. */
  readonly told: boolean;
}

export interface FakeAnthropic {
  readonly url: string;
  readonly key: string;
  readonly requests: readonly WireRequest[];
  /** Bodies as they arrived, to search for what must not be in them. */
  readonly bodies: readonly string[];
  readonly bill: readonly BillLine[];
  /** Why requests were refused by its own rules; empty in a sound run. */
  readonly refused: readonly string[];
  /** What the prompts would come to without a cache and with all history: the sum of whole prompts. */
  readonly naiveInput: () => number;
  /** How many streams were closed by the client before their end. */
  readonly aborted: () => number;
  readonly script: (script: Script) => void;
  readonly close: () => Promise<void>;
}

const KEY = "sk-ant-fake-0000";

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
};

const sendError = (
  response: ServerResponse,
  no: number,
  error: Extract<Scripted, { kind: "error" }>,
) => {
  response.writeHead(error.status, {
    "content-type": "application/json",
    "request-id": `req_${no}`,
    ...error.headers,
  });
  response.end(
    JSON.stringify({
      type: "error",
      error: {
        type: error.type,
        message: `scripted ${error.status}`,
        ...(error.code ? { details: { error_code: error.code } } : {}),
      },
      request_id: `req_${no}`,
    }),
  );
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const inPieces = (bytes: Buffer, size: number | undefined): readonly Buffer[] => {
  if (size === undefined) return [bytes];
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
};

type Reply = Extract<Scripted, { kind: "reply" }>;

const outputOf = (reply: Reply): number => reply.outputTokens ?? tokensOfContent(reply.content);

const usageOf = (reply: Reply, usage: PromptUsage): BetaMessage["usage"] => ({
  input_tokens: usage.input,
  output_tokens: outputOf(reply),
  cache_read_input_tokens: usage.read,
  cache_creation_input_tokens: usage.write5m + usage.write1h,
  cache_creation: {
    ephemeral_5m_input_tokens: usage.write5m,
    ephemeral_1h_input_tokens: usage.write1h,
  },
  fallback_credit: null,
  inference_geo: null,
  iterations: reply.iterations ?? null,
  output_tokens_details: null,
  server_tool_use: null,
  service_tier: "standard",
  speed: "standard",
});

const refusalDetails = (category: Reply["refusal"]): BetaMessage["stop_details"] =>
  category === undefined
    ? null
    : {
        type: "refusal",
        category,
        explanation: null,
        fallback_credit_token: null,
        fallback_has_prefill_claim: null,
        recommended_model: null,
      };

const messageOf = (
  request: WireRequest,
  reply: Reply,
  usage: PromptUsage,
  no: number,
): BetaMessage => {
  const calls = reply.content.some(({ type }) => type === "tool_use");
  return {
    id: `msg_${no}`,
    type: "message",
    role: "assistant",
    model: reply.model ?? request.model,
    container: null,
    context_management: null,
    diagnostics: null,
    content: [...reply.content],
    // A stop reason that nobody knows yet is one of the things to be tried.
    stop_reason: (reply.stop ?? (calls ? "tool_use" : "end_turn")) as BetaMessage["stop_reason"],
    stop_sequence: null,
    stop_details: refusalDetails(reply.refusal),
    usage: usageOf(reply, usage),
  };
};

type Played = { readonly how: "whole" | "broken" | "closed"; readonly sent: number };

/** Sends events until the script breaks the stream or the client closes it. */
const play = async (
  events: ReturnType<typeof eventsOf>,
  reply: Reply,
  response: ServerResponse,
): Promise<Played> => {
  const write = async (event: { readonly type: string }) => {
    const bytes = Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, "utf8");
    for (const piece of inPieces(bytes, reply.pieces)) {
      response.write(piece);
      if (reply.pieces !== undefined) await pause(0);
    }
  };
  for (const [sent, event] of events.entries()) {
    if (response.destroyed) return { how: "closed", sent };
    if (reply.breaks && sent >= reply.breaks.afterEvents) {
      const delta = events.find(({ type }) => type === "message_delta");
      if (reply.breaks.counted && delta?.type === "message_delta")
        await write({
          ...delta,
          delta: { ...delta.delta, stop_reason: null },
          usage: { ...delta.usage, output_tokens: halfOf(reply) },
        } as typeof delta);
      return { how: "broken", sent };
    }
    await write(event);
    if (reply.pings) await write({ type: "ping" });
    if (reply.slowMs) await pause(reply.slowMs);
  }
  return { how: "whole", sent: events.length };
};

const halfOf = (reply: Reply): number => Math.ceil(outputOf(reply) / 2);

const breakOff = async (breaks: Breaks, response: ServerResponse): Promise<void> => {
  const { errorType = "overloaded_error", how } = breaks;
  if (how === "error_event") {
    const data = JSON.stringify({ type: "error", error: { type: errorType, message: "scripted" } });
    response.write(`event: error\ndata: ${data}\n\n`);
  }
  if (how === "silence") {
    await new Promise<void>((resolve) => response.on("close", resolve));
    return;
  }
  await pause(5);
  if (how === "destroy") response.destroy();
  else response.end();
};

const billOf = (
  message: BetaMessage,
  usage: PromptUsage,
  reply: Reply,
  how: Played["how"],
  share: number,
): readonly BillLine[] => {
  const line = { model: message.model, ...usage };
  if (how === "broken")
    return [{ ...line, output: halfOf(reply), whole: false, told: reply.breaks?.counted === true }];
  if (how === "closed")
    return [{ ...line, output: Math.ceil(outputOf(reply) * share), whole: false, told: false }];
  const entries = reply.iterations ?? [];
  if (entries.length === 0) return [{ ...line, output: outputOf(reply), whole: true, told: true }];
  return entries.map((entry) => ({
    model: ("model" in entry ? entry.model : null) ?? message.model,
    input: entry.input_tokens,
    output: entry.output_tokens,
    read: entry.cache_read_input_tokens,
    write5m: entry.cache_creation?.ephemeral_5m_input_tokens ?? 0,
    write1h: entry.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    whole: true,
    told: true,
  }));
};

/**
 * Anthropic's Messages API as far as we use it, on loopback: it streams what a script answers, refuses what the API refuses, keeps a
 * prefix cache with exact counts, and writes a bill.
 */
export const startFakeAnthropic = async (
  first: Script,
  options: { readonly nowMs?: () => number; readonly key?: string } = {},
): Promise<FakeAnthropic> => {
  let script = first;
  const key = options.key ?? KEY;
  const cache = createCache(options.nowMs ?? Date.now);
  const requests: WireRequest[] = [];
  const bodies: string[] = [];
  const bill: BillLine[] = [];
  const refused: string[] = [];
  const prefixes = new Map<string, string>();
  let aborted = 0;
  let naive = 0;
  let paused = false;

  const stream = async (
    request: WireRequest,
    reply: Reply,
    response: ServerResponse,
    no: number,
  ) => {
    const usage = cache(request);
    naive += usage.input + usage.read + usage.write5m + usage.write1h;
    for (const block of reply.content)
      if (block.type === "thinking")
        prefixes.set(block.signature, prefixBefore(request, request.messages.length));
    paused = reply.stop === "pause_turn";
    const message = messageOf(request, reply, usage, no);
    response.writeHead(200, { "content-type": "text/event-stream", "request-id": `req_${no}` });
    const events = eventsOf(message, reply);
    const played = await play(events, reply, response);
    if (played.how === "closed") aborted += 1;
    bill.push(...billOf(message, usage, reply, played.how, played.sent / events.length));
    if (played.how === "broken" && reply.breaks) await breakOff(reply.breaks, response);
    else response.end();
  };

  const badRequest = (response: ServerResponse, no: number, why: string) => {
    refused.push(why);
    sendError(response, no, { kind: "error", status: 400, type: "invalid_request_error" });
  };

  const onMessages = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(incoming);
    const betas = String(incoming.headers["anthropic-beta"] ?? "").split(",");
    const request = { ...JSON.parse(body), betas } as WireRequest;
    const no = requests.push(request);
    bodies.push(body);
    const why = refusalOf(request, paused);
    if (why !== null) return badRequest(response, no, why);
    const broken = brokenThinking(request, prefixes);
    const behaviour =
      request.thinking?.type === "adaptive"
        ? request.thinking.block_binding?.prefix_mismatch_behavior
        : null;
    if (broken !== null && behaviour !== "drop_block") return badRequest(response, no, broken);
    const scripted = script(request, no);
    if (scripted.kind === "error") return sendError(response, no, scripted);
    if (scripted.kind === "reset") return void incoming.socket.destroy();
    return stream(request, scripted, response, no);
  };

  const route = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (incoming.url ?? "").split("?")[0] ?? "";
    const given =
      incoming.headers["x-api-key"] ??
      String(incoming.headers.authorization ?? "").replace("Bearer ", "");
    if (given !== key)
      return sendError(response, 0, { kind: "error", status: 401, type: "authentication_error" });
    if (path === "/v1/messages") return onMessages(incoming, response);
    if (path === "/v1/messages/count_tokens") {
      const request = { ...JSON.parse(await readBody(incoming)), betas: [] } as WireRequest;
      const tokens = piecesOf(request).reduce((sum, piece) => sum + piece.tokens, 0);
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ input_tokens: tokens, context_management: null }));
    }
    const model = /^\/v1\/models\/([\w.-]+)$/.exec(path)?.[1];
    if (model?.startsWith("claude-")) {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(
        JSON.stringify({
          id: model,
          type: "model",
          display_name: model,
          created_at: "2026-01-01T00:00:00Z",
          lifecycle: model.includes("retired") ? "retired" : "active",
          max_tokens: 128_000,
          max_input_tokens: 1_000_000,
          capabilities: null,
        }),
      );
    }
    return sendError(response, 0, { kind: "error", status: 404, type: "not_found_error" });
  };

  const server = createServer((incoming, response) => {
    route(incoming, response).catch((error: unknown) => {
      refused.push(`the fake broke: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    requests,
    bodies,
    bill,
    refused,
    naiveInput: () => naive,
    aborted: () => aborted,
    script: (next) => {
      script = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
