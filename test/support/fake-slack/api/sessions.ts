import { type Answer, listOf, ok, refuse, textOf } from "../answer.ts";
import type { Call, Method } from "./call.ts";

const STATES = ["processing", "active", "suspended", "closed"];
const MAX_TITLE = 200;
const MAX_PROMPTS = 4;

const keyOf = ({ body }: Call): string => `${textOf(body.channel_id)}/${textOf(body.thread_ts)}`;

const refuseSession = (call: Call): Answer | null => {
  const { workspace, body } = call;
  if (!workspace.manifest.agent) return refuse("not_an_agent");
  if (!workspace.channels.has(textOf(body.channel_id))) return refuse("channel_not_found");
  return textOf(body.title).length > MAX_TITLE ? refuse("invalid_arguments") : null;
};

const setStatus = (call: Call): Answer => {
  const { workspace, body } = call;
  const refused = refuseSession(call);
  if (refused) return refused;
  const status = textOf(body.status);
  if (!STATES.includes(status)) return refuse("invalid_arguments");
  const known = workspace.sessions.get(keyOf(call));
  const title = known?.title ?? textOf(body.title);
  workspace.sessions.set(keyOf(call), { status, title });
  return ok({
    status,
    title,
    ...(workspace.manifest.events.has("agent_session_stopped")
      ? {}
      : { warning: "missing_agent_session_stopped_event_subscription" }),
  });
};

const rename = (call: Call): Answer => {
  const refused = refuseSession(call);
  if (refused) return refused;
  const known = call.workspace.sessions.get(keyOf(call));
  if (!known) return refuse("session_not_found");
  known.title = textOf(call.body.title);
  return ok({ title: known.title });
};

const inDirectThread = ({ workspace, body }: Call): Answer | null =>
  workspace.channels.get(textOf(body.channel_id))?.kind === "im"
    ? null
    : refuse("channel_not_found");

const setThreadStatus = (call: Call): Answer =>
  call.workspace.channels.has(textOf(call.body.channel_id)) && call.body.thread_ts !== undefined
    ? ok()
    : refuse("invalid_thread_ts");

const setPrompts = (call: Call): Answer => {
  const prompts = listOf(call.body.prompts);
  if (prompts.length === 0 || prompts.length > MAX_PROMPTS) return refuse("invalid_arguments");
  return inDirectThread(call) ?? ok();
};

export const SESSION_METHODS: Readonly<Record<string, Method>> = {
  "agents.sessions.setStatus": { scopes: ["chat:write"], tier: 50, run: setStatus },
  "agents.sessions.rename": { scopes: ["chat:write"], tier: 50, run: rename },
  "assistant.threads.setStatus": {
    scopes: ["assistant:write", "chat:write"],
    tier: 100,
    run: setThreadStatus,
  },
  "assistant.threads.setSuggestedPrompts": {
    scopes: ["assistant:write"],
    tier: 100,
    run: setPrompts,
  },
};
