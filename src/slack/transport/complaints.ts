import type { Log } from "../../lib/log.ts";
import type { SlackUser } from "../identity.ts";
import type { SlackPort } from "../port.ts";
import { nextOf } from "./refusals.ts";

/** What only somebody in Slack can mend about a channel. */
const ABOUT_CHANNEL = new Set([
  "not_in_channel",
  "channel_not_found",
  "is_archived",
  "restricted_action",
]);

interface ComplaintDeps {
  readonly dm: SlackPort["dm"];
  readonly owners: () => Promise<readonly SlackUser[]>;
  readonly nowMs: () => number;
  readonly log: Log;
}

const wordsOf = (channel: string, code: string): string =>
  `Slack does not let me post in <#${channel}> (${code}). To mend it: ${nextOf(code) ?? "look at the channel"}. The runs go on meanwhile; you can follow them in App Home, the terminal or an assistant.`;

/**
 * Tells the owner by direct message that a channel refuses the bot, once a day per channel and reason: the day is in the
 * effect key, so a restart does not tell it again. Never throws.
 */
export const createComplaints =
  ({ dm, log, nowMs, owners }: ComplaintDeps) =>
  async (channel: string, code: string): Promise<void> => {
    if (!ABOUT_CHANNEL.has(code)) return;
    const day = new Date(nowMs()).toISOString().slice(0, 10);
    const text = wordsOf(channel, code);
    for (const { user } of await owners()) {
      const key = `complaint/${channel}/${code}/${day}/${user}`;
      await dm(
        user,
        { text, blocks: [{ type: "section", text: { type: "mrkdwn", text } }] },
        { key, kind: "complaint", revision: 0 },
      ).catch((error: unknown) =>
        log.warn("the owner could not be told of a channel", {
          channel,
          code,
          error: String(error),
        }),
      );
    }
  };
