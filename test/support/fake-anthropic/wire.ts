import type {
  BetaContentBlock,
  BetaMessage,
  BetaRawMessageStreamEvent,
  BetaStopReason,
  MessageCreateParamsBase,
} from "@anthropic-ai/sdk/resources/beta/messages/messages";

/** A request as it arrived, with the betas of its header. */
export type WireRequest = MessageCreateParamsBase & { readonly betas: readonly string[] };

/** Where and how a stream breaks. `afterEvents` counts events that are sent before it does. */
export interface Breaks {
  readonly afterEvents: number;
  readonly how: "end" | "destroy" | "error_event" | "silence";
  /** A count of what was used so far is sent before it breaks. */
  readonly counted?: boolean;
  readonly errorType?: "overloaded_error" | "api_error";
}

/** What a script answers. Tokens of the output are counted from the content unless given. */
export type Scripted =
  | {
      readonly kind: "reply";
      readonly content: readonly BetaContentBlock[];
      readonly stop?: BetaStopReason | (string & {});
      readonly refusal?: "cyber" | "frontier_llm" | "general_harms";
      readonly outputTokens?: number;
      readonly breaks?: Breaks;
      /** Milliseconds between events. */
      readonly slowMs?: number;
      readonly pings?: boolean;
      /** Bytes are sent in pieces of this many, through characters and JSON alike. */
      readonly pieces?: number;
      /** The JSON of tool inputs stops after this many characters. */
      readonly cutJsonAt?: number;
      /** The bill has entries: a compaction and a fallback, for example. */
      readonly iterations?: BetaMessage["usage"]["iterations"];
      readonly model?: string;
    }
  | {
      readonly kind: "error";
      readonly status: number;
      readonly type: string;
      readonly code?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "reset" };

export type Script = (request: WireRequest, no: number) => Scripted;

/** About as many characters a token as the current models have. */
export const tokensOfText = (text: string): number => Math.ceil(text.length / 2.5);

export const tokensOfContent = (content: readonly BetaContentBlock[]): number =>
  content.reduce((sum, block) => sum + tokensOfText(JSON.stringify(block)), 0);

/** The events of one streamed message. */
export const eventsOf = (
  message: BetaMessage,
  pieces: { readonly cutJsonAt?: number } = {},
): readonly BetaRawMessageStreamEvent[] => [
  {
    type: "message_start",
    message: {
      ...message,
      content: [],
      stop_reason: null,
      stop_details: null,
      usage: { ...message.usage, output_tokens: 1, iterations: null },
    },
  },
  ...message.content.flatMap((block, index) => eventsOfBlock(block, index, pieces.cutJsonAt)),
  {
    type: "message_delta",
    context_management: null,
    delta: {
      container: null,
      stop_details: message.stop_details,
      stop_reason: message.stop_reason,
      stop_sequence: null,
    },
    usage: {
      cache_creation_input_tokens: message.usage.cache_creation_input_tokens,
      cache_read_input_tokens: message.usage.cache_read_input_tokens,
      fallback_credit: null,
      input_tokens: message.usage.input_tokens,
      iterations: message.usage.iterations,
      output_tokens: message.usage.output_tokens,
      output_tokens_details: message.usage.output_tokens_details,
      server_tool_use: null,
    },
  },
  { type: "message_stop" },
];

const half = (text: string): readonly [string, string] => {
  const at = Math.ceil(text.length / 2);
  return [text.slice(0, at), text.slice(at)];
};

const eventsOfBlock = (
  block: BetaContentBlock,
  index: number,
  cutJsonAt: number | undefined,
): readonly BetaRawMessageStreamEvent[] => {
  const stop = { type: "content_block_stop", index } as const;
  const start = (content_block: BetaContentBlock) =>
    ({ type: "content_block_start", index, content_block }) as const;
  const delta = (
    of: Extract<BetaRawMessageStreamEvent, { type: "content_block_delta" }>["delta"],
  ) => ({ type: "content_block_delta", index, delta: of }) as const;
  switch (block.type) {
    case "text":
      return [
        start({ ...block, text: "" }),
        ...half(block.text).map((text) => delta({ type: "text_delta", text })),
        stop,
      ];
    case "thinking":
      return [
        start({ ...block, thinking: "", signature: "" }),
        ...half(block.thinking).map((thinking) =>
          delta({ type: "thinking_delta", thinking, estimated_tokens: null }),
        ),
        delta({ type: "signature_delta", signature: block.signature }),
        stop,
      ];
    case "tool_use":
      return [
        start({ ...block, input: {} }),
        ...half(JSON.stringify(block.input).slice(0, cutJsonAt)).map((partial_json) =>
          delta({ type: "input_json_delta", partial_json }),
        ),
        stop,
      ];
    case "compaction":
      return [
        start({ ...block, content: null, encrypted_content: null }),
        delta({
          type: "compaction_delta",
          content: block.content,
          encrypted_content: block.encrypted_content,
        }),
        stop,
      ];
    default:
      return [start(block), stop];
  }
};
