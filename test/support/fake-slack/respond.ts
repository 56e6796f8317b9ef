import { type Answer, type Body, isOn, refuse, textOf } from "./answer.ts";
import { invalid, noteProblems, surroundings } from "./api/message.ts";
import { areTooLong, checkBlocks } from "./blocks/check-blocks.ts";
import { addEphemeral, addMessage, findMessage, noteMessage, removeMessage } from "./messages.ts";
import type { ResponseTarget } from "./responses.ts";
import { noteContent, withIds } from "./violations.ts";
import type { Workspace } from "./workspace.ts";

/** Null when Slack takes this as an answer to a person. */
export const refuseReply = (workspace: Workspace, body: Body): Answer | null => {
  const installation = workspace.installations.get(workspace.botToken);
  if (!installation) return refuse("invalid_auth");
  const blocks = body.blocks ?? [];
  noteContent(workspace, "a response", textOf(body.text), blocks);
  if (textOf(body.text) === "" && body.blocks === undefined) return refuse("no_text");
  if (Array.isArray(blocks) && areTooLong(blocks)) return refuse("msg_blocks_too_long");
  const problems = checkBlocks("message", blocks, surroundings(workspace, installation));
  if (problems.length === 0) return null;
  noteProblems(workspace, problems);
  return invalid("invalid_blocks", problems);
};

const replaceOriginal = (
  workspace: Workspace,
  target: ResponseTarget,
  body: Body | null,
): boolean => {
  const { original, channel } = target;
  if (!original) return false;
  if (original.ephemeral) {
    const shown = workspace.ephemerals.find((one) => one.ts === original.ts && !one.gone);
    if (!shown) return false;
    if (body === null) shown.gone = true;
    else {
      shown.text = textOf(body.text);
      shown.blocks = withIds(workspace, body.blocks);
    }
    workspace.activity.note(`user:${target.user}`);
    return true;
  }
  const message = findMessage(workspace, channel, original.ts);
  if (!message) return false;
  if (body === null) removeMessage(workspace, message);
  else {
    message.text = textOf(body.text);
    message.blocks = withIds(workspace, body.blocks);
    message.edits += 1;
    noteMessage(workspace, message);
  }
  return true;
};

const addNew = (workspace: Workspace, target: ResponseTarget, body: Body): void => {
  const channel = workspace.channels.get(target.channel);
  const threadTs = body.thread_ts === undefined ? target.threadTs : textOf(body.thread_ts);
  if (body.response_type === "in_channel" && channel) {
    addMessage(workspace, {
      channel,
      author: "UBOT",
      threadTs,
      broadcast: false,
      text: textOf(body.text),
      blocks: body.blocks,
      metadata: undefined,
    });
    return;
  }
  addEphemeral(workspace, {
    channel: target.channel,
    user: target.user,
    threadTs,
    text: textOf(body.text),
    blocks: body.blocks,
  });
};

const notFound = (code: string): Answer => ({
  status: 404,
  headers: {},
  body: { ok: false, error: code },
});

/** Answers a POST to a `response_url`: five times in thirty minutes, then 404. */
export const answerResponse = (workspace: Workspace, id: string, body: Body): Answer => {
  const target = workspace.responses.use(id);
  if (typeof target === "string") {
    workspace.violations.push(`a response_url that no longer works (${target})`);
    return notFound(target);
  }
  if (isOn(body.delete_original))
    return replaceOriginal(workspace, target, null)
      ? { status: 200, headers: {}, body: "ok" }
      : notFound("message_not_found");
  const refused = refuseReply(workspace, body);
  if (refused) return { ...refused, status: 400 };
  if (!isOn(body.replace_original)) addNew(workspace, target, body);
  else if (!replaceOriginal(workspace, target, body)) return notFound("message_not_found");
  return { status: 200, headers: {}, body: "ok" };
};
