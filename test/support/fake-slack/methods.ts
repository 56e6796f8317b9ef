import { invalidBlocks } from "./limits.ts";
import type { PostedMessage, Workspace } from "./workspace.ts";

type Body = Record<string, unknown>;
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

const ok = (body: Body = {}): Answer => ({ status: 200, headers: {}, body: { ok: true, ...body } });
const error = (code: string, extra: Body = {}): Answer => ({
  status: 200,
  headers: {},
  body: { ok: false, error: code, ...extra },
});

const MAX_TEXT = 40_000;
const MODAL_BLOCKS = 100;
// Reading history or matching people by e-mail is nothing this product may do.
const FORBIDDEN =
  /^(conversations\.(history|replies|list)|users\.lookupByEmail|chat\.scheduleMessage|files\.upload)$/;

const refuseMessage = (workspace: Workspace, body: Body): Answer | null => {
  const blocks = (body.blocks ?? []) as Body[];
  const problems = invalidBlocks(blocks);
  const text = String(body.text ?? "");
  if (!workspace.channels.has(String(body.channel))) return error("channel_not_found");
  if (text === "") workspace.violations.push("a message without top-level text");
  if (text.length > MAX_TEXT) return error("msg_too_long");
  if (problems.length > 0) {
    workspace.violations.push(...problems);
    return error("invalid_blocks", { errors: problems });
  }
  if (/<!(channel|here|everyone)|<@U/.test(text))
    workspace.violations.push("a live mention from data");
  return null;
};

const postMessage = (workspace: Workspace, body: Body): Answer => {
  const refused = refuseMessage(workspace, body);
  if (refused) return refused;
  if (body.metadata === undefined) workspace.violations.push("a post without metadata");
  const threadTs = body.thread_ts === undefined ? null : String(body.thread_ts);
  if (threadTs !== null && !workspace.messages.some((message) => message.ts === threadTs))
    return error("thread_not_found");
  const message: PostedMessage = {
    channel: String(body.channel),
    ts: workspace.nextTs(),
    threadTs,
    broadcast: body.reply_broadcast === true || body.reply_broadcast === "true",
    metadata: body.metadata,
    text: String(body.text ?? ""),
    blocks: (body.blocks ?? []) as Body[],
    edits: 0,
  };
  workspace.messages.push(message);
  return ok({ channel: message.channel, ts: message.ts });
};

const update = (workspace: Workspace, body: Body): Answer => {
  const refused = refuseMessage(workspace, body);
  if (refused) return refused;
  const message = workspace.messages.find(
    (one) => one.channel === body.channel && one.ts === String(body.ts),
  );
  if (!message) return error("message_not_found");
  message.text = String(body.text ?? "");
  message.blocks = (body.blocks ?? []) as Body[];
  message.edits += 1;
  return ok({ channel: message.channel, ts: message.ts });
};

const postEphemeral = (workspace: Workspace, body: Body): Answer => {
  workspace.ephemerals.push({
    channel: String(body.channel),
    user: String(body.user),
    text: String(body.text ?? ""),
  });
  return ok({ message_ts: workspace.nextTs() });
};

const openView = (workspace: Workspace, body: Body): Answer => {
  const trigger = workspace.useTrigger(String(body.trigger_id));
  if (!trigger.ok) return error(trigger.error);
  const view = body.view as Body;
  const problems = invalidBlocks((view.blocks ?? []) as Body[], MODAL_BLOCKS);
  const title = String((view.title as { text?: unknown } | undefined)?.text ?? "");
  if (
    problems.length > 0 ||
    title.length > 24 ||
    String(view.private_metadata ?? "").length > 3000
  ) {
    workspace.violations.push(...problems, "a view that Slack refuses");
    return error("invalid_arguments");
  }
  const id = workspace.newId("V");
  workspace.views.push({ user: trigger.user, id, view });
  return ok({ view: { id, ...view } });
};

/** Answers one Web API call as Slack would: tokens first, then the method's own rules. */
export const answerMethod = (
  workspace: Workspace,
  method: string,
  token: string,
  body: Body,
  address: string,
): Answer => {
  if (FORBIDDEN.test(method)) {
    workspace.violations.push(`${method} was called`);
    return error("unknown_method");
  }
  if (token === "") return error("not_authed");
  if (method === "apps.connections.open") {
    return token === workspace.appToken
      ? ok({ url: `ws://${address}/socket` })
      : error("not_allowed_token_type");
  }
  if (token !== workspace.botToken) return error("invalid_auth");
  switch (method) {
    case "auth.test":
      return ok({
        team_id: workspace.team,
        user_id: "UBOT",
        bot_id: "BBOT",
        team: "fake",
        user: "mlpipeline",
      });
    case "chat.postMessage":
      return postMessage(workspace, body);
    case "chat.update":
      return update(workspace, body);
    case "chat.postEphemeral":
      return postEphemeral(workspace, body);
    case "views.open":
      return openView(workspace, body);
    default:
      return error("unknown_method");
  }
};
