import type { Block, Json, ModelReply, StreamEvent, Usage, UsageEntry } from "./model.ts";

/** Counts as the wire has them; any may be missing. */
interface WireUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_creation?: {
    readonly ephemeral_5m_input_tokens?: number;
    readonly ephemeral_1h_input_tokens?: number;
  } | null;
  readonly output_tokens_details?: { readonly thinking_tokens?: number } | null;
  readonly iterations?:
    | readonly (WireUsage & {
        readonly type: string;
        readonly model?: string | null;
      })[]
    | null;
  readonly service_tier?: string | null;
  readonly speed?: string | null;
  readonly inference_geo?: string | null;
}

/** The part of a stream event that is read here; the events of the wire satisfy it. */
export interface WireEvent {
  readonly type: string;
  readonly index?: number;
  readonly message?: { readonly id: string; readonly model: string; readonly usage?: WireUsage };
  readonly content_block?: object;
  readonly delta?: object;
  readonly usage?: WireUsage;
}

const NONE: Usage = { input: 0, output: 0, read: 0, write5m: 0, write1h: 0, thinking: 0 };

/** Cumulative counts replace what was known; a count that is not named stays. Writes of unknown length are taken at the longer, dearer one. */
const withCounts = (known: Usage, wire: WireUsage): Usage => {
  const split = wire.cache_creation;
  const written = wire.cache_creation_input_tokens;
  const unchanged =
    written === undefined || written === null || written === known.write5m + known.write1h;
  const writes = split
    ? {
        write5m: split.ephemeral_5m_input_tokens ?? 0,
        write1h: split.ephemeral_1h_input_tokens ?? 0,
      }
    : unchanged
      ? { write5m: known.write5m, write1h: known.write1h }
      : { write5m: 0, write1h: written };
  return {
    input: wire.input_tokens ?? known.input,
    output: wire.output_tokens ?? known.output,
    read: wire.cache_read_input_tokens ?? known.read,
    thinking: wire.output_tokens_details?.thinking_tokens ?? known.thinking,
    ...writes,
  };
};

const KINDS = ["message", "compaction", "advisor_message", "fallback_message"] as const;

const billOf = (
  model: string,
  usage: Usage,
  wire: WireUsage["iterations"],
): readonly UsageEntry[] => {
  if (!wire || wire.length === 0) return [{ model, kind: "message", usage }];
  return wire.map((entry) => ({
    model: entry.model ?? model,
    kind: KINDS.find((kind) => kind === entry.type) ?? "message",
    usage: withCounts(NONE, entry),
  }));
};

const flagsOf = (wire: WireUsage, bill: readonly UsageEntry[]): readonly string[] => [
  ...(wire.service_tier && wire.service_tier !== "standard" ? [`tier ${wire.service_tier}`] : []),
  ...(wire.speed && wire.speed !== "standard" ? [`speed ${wire.speed}`] : []),
  ...(wire.inference_geo && !["global", "not_available"].includes(wire.inference_geo)
    ? [`region ${wire.inference_geo}`]
    : []),
  ...bill.filter(({ kind }) => kind === "fallback_message").map(({ model }) => `fallback ${model}`),
];

/** A block under construction: what came at its start, and the pieces since. */
interface Building {
  readonly start: Readonly<Record<string, Json>>;
  json: string;
  readonly text: Map<string, string>;
}

const finish = ({ json, start, text }: Building): Block => {
  const body = { ...start, ...Object.fromEntries(text) };
  if (start.type === "text") return { type: "text", text: String(body.text ?? "") };
  if (start.type !== "tool_use") return { type: "opaque", body };
  const input = json === "" ? (start.input ?? {}) : (JSON.parse(json) as Json);
  return { type: "tool_use", id: String(start.id), name: String(start.name), input };
};

// The pieces of a block arrive under the name of the field they extend; these are all there are.
const PIECES: Readonly<Record<string, string>> = {
  text_delta: "text",
  thinking_delta: "thinking",
  signature_delta: "signature",
};

const extend = (block: Building, delta: Readonly<Record<string, unknown>>): void => {
  if (delta.type === "input_json_delta") {
    block.json += String(delta.partial_json ?? "");
    return;
  }
  if (delta.type === "compaction_delta") {
    for (const field of ["content", "encrypted_content"] as const)
      if (typeof delta[field] === "string")
        block.text.set(field, (block.text.get(field) ?? "") + delta[field]);
    return;
  }
  const field = PIECES[String(delta.type)];
  if (field === undefined) return;
  block.text.set(
    field,
    (block.text.get(field) ?? String(block.start[field] ?? "")) + String(delta[field] ?? ""),
  );
};

/**
 * Our own accumulator of one streamed answer: it keeps what was used whatever becomes of the stream. `reply` is null while the stream
 * has not ended with `message_stop`, and throws SyntaxError when a tool's input is not whole JSON. `used(output)` is what an answer
 * that was cut came to: `output` stands in where no count of it came. Null: it had not started.
 */
export interface Hearing {
  readonly push: (event: WireEvent) => void;
  readonly reply: (requestId: string | null) => ModelReply | null;
  readonly used: (output: number) => UsageEntry | null;
}

type Listener = (event: StreamEvent) => void;

interface Heard {
  id: string;
  model: string;
  usage: Usage;
  wire: WireUsage;
  counted: boolean;
  stopReason: string | null;
  stopCategory: string | null;
  stopped: boolean;
  readonly blocks: Map<number, Building>;
}

const onDelta = (heard: Heard, event: WireEvent): void => {
  const delta = (event.delta ?? {}) as {
    readonly stop_reason?: string | null;
    readonly stop_details?: { readonly category?: string | null } | null;
  };
  heard.stopReason = delta.stop_reason ?? heard.stopReason;
  heard.stopCategory = delta.stop_details?.category ?? heard.stopCategory;
  if (!event.usage) return;
  heard.usage = withCounts(heard.usage, event.usage);
  heard.wire = { ...heard.wire, ...event.usage };
  heard.counted = true;
};

const progressOf = (block: Building): string | null => {
  const text = block.text.get(block.start.type === "thinking" ? "thinking" : "text")?.trim();
  return text === undefined || text === "" ? null : text;
};

const begin = (heard: Heard, message: NonNullable<WireEvent["message"]>, on: Listener): void => {
  heard.id = message.id;
  heard.model = message.model;
  heard.wire = message.usage ?? {};
  heard.usage = withCounts(NONE, heard.wire);
  on({ type: "started", id: message.id, model: message.model });
};

const take = (heard: Heard, event: WireEvent, on: Listener): void => {
  const block = heard.blocks.get(event.index ?? -1);
  switch (event.type) {
    case "message_start":
      if (event.message) begin(heard, event.message, on);
      break;
    case "content_block_start":
      heard.blocks.set(event.index ?? -1, {
        start: (event.content_block ?? {}) as Building["start"],
        json: "",
        text: new Map(),
      });
      break;
    case "content_block_delta":
      if (block) extend(block, (event.delta ?? {}) as Readonly<Record<string, unknown>>);
      break;
    case "content_block_stop": {
      const text = block ? progressOf(block) : null;
      if (text !== null) on({ type: "progress", text });
      break;
    }
    case "message_delta":
      onDelta(heard, event);
      break;
    case "message_stop":
      heard.stopped = true;
      break;
    default: // what is not known changes nothing: its bytes have kept the watchdog quiet already
  }
};

const replyOf = (heard: Heard, requestId: string | null): ModelReply | null => {
  if (!heard.stopped || heard.stopReason === null) return null;
  const bill = billOf(heard.model, heard.usage, heard.wire.iterations);
  // A cut answer may end inside a tool's input; it is dropped whole, so its pieces are not read.
  const cut = heard.stopReason === "max_tokens" || heard.stopReason === "refusal";
  const whole = [...heard.blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
  return {
    id: heard.id,
    model: heard.model,
    content: cut ? [] : whole.map(finish),
    stopReason: heard.stopReason,
    stopCategory: heard.stopCategory,
    bill,
    requestId,
    flags: flagsOf(heard.wire, bill),
  };
};

/** Makes the accumulator of one answer; `on` hears what of it is worth showing while it streams. */
export const createHearing = (on: Listener): Hearing => {
  const heard: Heard = {
    id: "",
    model: "",
    usage: NONE,
    wire: {},
    counted: false,
    stopReason: null,
    stopCategory: null,
    stopped: false,
    blocks: new Map(),
  };
  return {
    push: (event) => {
      take(heard, event, on);
      on(event.usage ? { type: "usage", usage: heard.usage } : { type: "alive" });
    },
    reply: (requestId) => replyOf(heard, requestId),
    used: (output) =>
      heard.id === ""
        ? null
        : {
            model: heard.model,
            kind: "message",
            usage: { ...heard.usage, output: heard.counted ? heard.usage.output : output },
          },
  };
};
