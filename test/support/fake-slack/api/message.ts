import { type Answer, type Body, isOn, listOf, objectOf, refuse, textOf } from "../answer.ts";
import { areTooLong, checkBlocks } from "../blocks/check-blocks.ts";
import type { Surroundings } from "../blocks/report.ts";
import { isFileReady } from "../files.ts";
import { findMessage } from "../messages.ts";
import { noteContent } from "../violations.ts";
import type { Channel, Installation, Workspace } from "../workspace.ts";
import type { Call } from "./call.ts";

const MAX_TEXT = 40_000;

export const surroundings = (workspace: Workspace, installation: Installation): Surroundings => ({
  missing: workspace.missingBlocks,
  fileReady: (file) => isFileReady(workspace, file),
  readsFiles: installation.scopes.has("files:read"),
});

/** The refusal of blocks or views, as Slack words it. */
export const invalid = (code: string, problems: readonly string[]): Answer =>
  refuse(code, {
    errors: problems,
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  });

/** Refused blocks fail the test, unless they are refused only because this workspace lacks their type. */
export const noteProblems = (workspace: Workspace, problems: readonly string[]): void => {
  workspace.violations.push(
    ...problems.filter((problem) => {
      const type = /^unsupported type: (\S+)/.exec(problem)?.[1];
      return (
        !(type !== undefined && workspace.missingBlocks.has(type)) &&
        !/^invalid slack file/.test(problem)
      );
    }),
  );
};

/** The channel that a call names, if the app can write there; else the refusal. */
export const writableChannel = ({ workspace, installation, body }: Call): Channel | Answer => {
  const channel = workspace.channels.get(textOf(body.channel));
  if (!channel || channel.team !== installation.team) return refuse("channel_not_found");
  if (channel.archived) return refuse("is_archived");
  if (!channel.members.has(installation.botUser))
    return refuse(channel.kind === "private" ? "channel_not_found" : "not_in_channel");
  return channel.restricted ? refuse("restricted_action") : channel;
};

export const isAnswer = (value: object): value is Answer => "status" in value && "headers" in value;

/** Null when text and blocks are what Slack takes. What it takes and this product must not send is noted. */
export const refuseContent = (call: Call, what: string): Answer | null => {
  const { workspace, installation, body } = call;
  const text = textOf(body.text);
  const blocks = body.blocks === undefined ? [] : body.blocks;
  noteContent(workspace, what, text, blocks);
  if (text === "" && listOf(blocks).length === 0) return refuse("no_text");
  if (text.length > MAX_TEXT) return refuse("msg_too_long");
  if (!Array.isArray(blocks)) return refuse("invalid_blocks_format");
  if (areTooLong(blocks)) return refuse("msg_blocks_too_long");
  const problems = checkBlocks("message", blocks, surroundings(workspace, installation));
  if (problems.length === 0) return null;
  noteProblems(workspace, problems);
  return invalid("invalid_blocks", problems);
};

const isScalar = (value: unknown): boolean =>
  ["string", "number", "boolean"].includes(typeof value);

/** Metadata is an event type and a flat payload of scalars (slack.md §2.5). */
export const refuseMetadata = (metadata: unknown): Answer | null => {
  if (metadata === undefined) return null;
  const { event_type, event_payload, ...rest } = objectOf(metadata) as Body;
  if (typeof event_type !== "string" || event_type === "" || Object.keys(rest).length > 0)
    return refuse("invalid_metadata_format");
  if (typeof event_payload !== "object" || event_payload === null || Array.isArray(event_payload))
    return refuse("invalid_metadata_format");
  return Object.values(event_payload).every(isScalar) ? null : refuse("invalid_metadata_schema");
};

/** The thread that a call names: null for none, or the refusal. A reply's own ts is no thread. */
export const threadOf = (
  { workspace, body }: Call,
  channel: Channel,
): { readonly threadTs: string | null } | Answer => {
  if (body.thread_ts === undefined || body.thread_ts === "") return { threadTs: null };
  const parent = findMessage(workspace, channel.id, textOf(body.thread_ts));
  if (!parent || parent.threadTs !== null) return refuse("thread_not_found");
  return { threadTs: parent.ts };
};

export const wantsBroadcast = (body: Body): boolean => isOn(body.reply_broadcast);
