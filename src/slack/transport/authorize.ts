import type { Authorize } from "@slack/bolt";
import { type CallApi, mustCall } from "./api.ts";

/**
 * Who the bot is, asked of Slack until it has answered once. Bolt's own way keeps a failed answer for ever, so that a bot
 * started during an outage would stay deaf.
 */
export const createAuthorize = (token: string, call: CallApi): Authorize<boolean> => {
  let known: { readonly botId: string; readonly botUserId: string } | null = null;
  return async ({ teamId }) => {
    if (known === null) {
      const body = await mustCall(call, "auth.test", {});
      known = { botId: String(body.bot_id), botUserId: String(body.user_id) };
    }
    return { botToken: token, ...known, ...(teamId === undefined ? {} : { teamId }) };
  };
};
