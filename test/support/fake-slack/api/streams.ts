import { type Answer, listOf, objectOf, ok, refuse, textOf } from "../answer.ts";
import { checkBlocks } from "../blocks/check-blocks.ts";
import { addMessage, findMessage, noteMessage } from "../messages.ts";
import { withIds } from "../violations.ts";
import type { PostedMessage } from "../workspace.ts";
import type { Call, Method } from "./call.ts";
import {
  invalid,
  isAnswer,
  noteProblems,
  surroundings,
  threadOf,
  writableChannel,
} from "./message.ts";

/** Slack ends a stream after about five minutes, idle or not (node-slack-sdk#2702). */
const LIFE_MS = 5 * 60_000;
/** A streamed message may hold about this many bytes (openclaw#143882). */
const MAX_BYTES = 10_600;
const CHUNKS = ["markdown_text", "task_update", "plan_update", "blocks"];

/** The text that a call adds, or its refusal: `markdown_text` or `chunks`, never both. */
const contentOf = ({ body }: Call, needed: boolean): string | Answer => {
  if (body.markdown_text !== undefined && body.chunks !== undefined)
    return refuse("markdown_text_and_chunks_provided");
  if (needed && body.markdown_text === undefined && body.chunks === undefined)
    return refuse("no_text");
  if (body.markdown_text !== undefined) return textOf(body.markdown_text);
  const chunks = listOf(body.chunks).map(objectOf);
  if (chunks.some((chunk) => !CHUNKS.includes(textOf(chunk.type)))) return refuse("invalid_chunks");
  return chunks.map((chunk) => textOf(chunk.text ?? chunk.title)).join("");
};

const start = (call: Call): Answer => {
  const { workspace, installation, body } = call;
  const channel = writableChannel(call);
  if (isAnswer(channel)) return channel;
  const thread = threadOf(call, channel);
  if (isAnswer(thread)) return thread;
  if (thread.threadTs === null) return refuse("invalid_thread_ts");
  if (channel.kind !== "im" && (!body.recipient_user_id || !body.recipient_team_id))
    return refuse(
      body.recipient_user_id ? "missing_recipient_team_id" : "missing_recipient_user_id",
    );
  const text = contentOf(call, false);
  if (typeof text !== "string") return text;
  const message = addMessage(workspace, {
    channel,
    author: installation.botUser,
    threadTs: thread.threadTs,
    broadcast: false,
    text,
    blocks: [],
    metadata: undefined,
  });
  const now = workspace.clock.nowMs();
  message.stream = { open: true, startedMs: now, touchedMs: now };
  return ok({ channel: channel.id, ts: message.ts });
};

const openStream = (call: Call): PostedMessage | Answer => {
  const { workspace, installation, body } = call;
  const channel = writableChannel(call);
  if (isAnswer(channel)) return channel;
  const message = findMessage(workspace, channel.id, textOf(body.ts));
  if (!message) return refuse("message_not_found");
  if (message.author !== installation.botUser) return refuse("message_not_owned_by_app");
  const stream = message.stream;
  if (stream && workspace.clock.nowMs() - stream.startedMs > LIFE_MS) stream.open = false;
  return stream?.open ? message : refuse("message_not_in_streaming_state");
};

const addText = (call: Call, needed: boolean): PostedMessage | Answer => {
  const message = openStream(call);
  if (isAnswer(message)) return message;
  const text = contentOf(call, needed);
  if (typeof text !== "string") return text;
  if (Buffer.byteLength(message.text + text) > MAX_BYTES) return refuse("msg_too_long");
  message.text += text;
  if (message.stream) message.stream.touchedMs = call.workspace.clock.nowMs();
  noteMessage(call.workspace, message);
  return message;
};

const append = (call: Call): Answer => {
  const message = addText(call, true);
  return isAnswer(message) ? message : ok({ channel: message.channel, ts: message.ts });
};

const stop = (call: Call): Answer => {
  const { workspace, installation, body } = call;
  const blocks = body.blocks === undefined ? [] : body.blocks;
  const problems = checkBlocks("message", blocks, surroundings(workspace, installation));
  if (problems.length > 0) {
    noteProblems(workspace, problems);
    return invalid("invalid_blocks", problems);
  }
  const message = addText(call, false);
  if (isAnswer(message)) return message;
  if (message.stream) message.stream.open = false;
  message.blocks = withIds(workspace, blocks);
  if (body.metadata !== undefined) message.metadata = body.metadata;
  return ok({ channel: message.channel, ts: message.ts });
};

const WRITE = ["chat:write"];

export const STREAM_METHODS: Readonly<Record<string, Method>> = {
  "chat.startStream": { scopes: WRITE, tier: 20, run: start },
  "chat.appendStream": { scopes: WRITE, tier: 100, run: append },
  "chat.stopStream": { scopes: WRITE, tier: 20, run: stop },
};
