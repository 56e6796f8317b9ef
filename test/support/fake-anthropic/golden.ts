import type { BetaRawMessageStreamEvent } from "@anthropic-ai/sdk/resources/beta/messages/messages";

/** One streamed answer as the API sends it. An upgrade of the SDK that changes the shape fails to compile here. */
export const TOOL_CALL = [
  {
    type: "message_start",
    message: {
      id: "msg_golden",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-5-5",
      container: null,
      content: [],
      context_management: null,
      diagnostics: null,
      stop_details: null,
      stop_reason: null,
      stop_sequence: null,
      usage: {
        cache_creation: { ephemeral_1h_input_tokens: 700, ephemeral_5m_input_tokens: 300 },
        cache_creation_input_tokens: 1_000,
        cache_read_input_tokens: 5_000,
        fallback_credit: null,
        inference_geo: "global",
        input_tokens: 12,
        iterations: null,
        output_tokens: 1,
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: "standard",
        speed: "standard",
      },
    },
  },
  {
    type: "content_block_start",
    index: 0,
    content_block: { type: "thinking", thinking: "", signature: "" },
  },
  {
    type: "content_block_delta",
    index: 0,
    delta: { type: "thinking_delta", thinking: "Looking at the facts.", estimated_tokens: null },
  },
  {
    type: "content_block_delta",
    index: 0,
    delta: { type: "signature_delta", signature: "c2lnbmVk" },
  },
  { type: "content_block_stop", index: 0 },
  {
    type: "content_block_start",
    index: 1,
    content_block: { type: "tool_use", id: "toolu_golden", name: "files_list", input: {} },
  },
  {
    type: "content_block_delta",
    index: 1,
    delta: { type: "input_json_delta", partial_json: '{"pre' },
  },
  {
    type: "content_block_delta",
    index: 1,
    delta: { type: "input_json_delta", partial_json: 'fix": "docs/"}' },
  },
  { type: "content_block_stop", index: 1 },
  {
    type: "message_delta",
    context_management: null,
    delta: { container: null, stop_details: null, stop_reason: "tool_use", stop_sequence: null },
    usage: {
      cache_creation_input_tokens: 1_000,
      cache_read_input_tokens: 5_000,
      fallback_credit: null,
      input_tokens: 12,
      iterations: null,
      output_tokens: 80,
      output_tokens_details: { thinking_tokens: 30 },
      server_tool_use: null,
    },
  },
  { type: "message_stop" },
] as const satisfies readonly BetaRawMessageStreamEvent[];
