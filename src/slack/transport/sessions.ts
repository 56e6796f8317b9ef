import type { Log } from "../../lib/log.ts";
import { formatRef } from "../messages.ts";
import type { SlackPort } from "../port.ts";
import type { CallApi } from "./api.ts";

/** A workspace without agent sessions is not asked again before a day is over. */
const REMEMBER_MS = 86_400_000;

interface SessionDeps {
  readonly call: CallApi;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** The state of the agent's session in a thread, told only when it changes. It is decoration: whatever fails is left. */
export const createSessions = ({ call, log, nowMs }: SessionDeps): SlackPort["setSession"] => {
  const told = new Map<string, string>();
  const refused = { untilMs: 0 };
  return async (ref, status) => {
    const key = formatRef(ref);
    if (told.get(key) === status || nowMs() < refused.untilMs) return;
    told.set(key, status);
    const args = { channel_id: ref.channel, thread_ts: ref.ts, status };
    const outcome = await call("agents.sessions.setStatus", args, { priority: 2, patienceMs: 0 });
    if (outcome.kind === "ok") return;
    told.delete(key);
    if (outcome.kind !== "refused") return;
    refused.untilMs = nowMs() + REMEMBER_MS;
    log.info("Slack takes no agent sessions here", { code: outcome.code });
  };
};
