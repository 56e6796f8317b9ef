import type { App } from "@slack/bolt";
import { z } from "zod";
import { messageOf } from "../../lib/errors.ts";
import { askerOf } from "../asker.ts";
import { renderLine } from "../blocks/line-message.ts";
import type { Rendered } from "../blocks/rendered.ts";
import type { SlackDeps } from "../deps.ts";
import { giveAnswer } from "../verbs/run-command.ts";
import { answerWords } from "../verbs/talk.ts";
import { errorWords } from "../words.ts";

const Message = z.looseObject({
  user: z.string().optional(),
  text: z.string().default(""),
  channel: z.string(),
  ts: z.string(),
  thread_ts: z.string().optional(),
  bot_id: z.string().optional(),
  subtype: z.string().optional(),
  channel_type: z.string().optional(),
});
type Message = z.infer<typeof Message>;

const Envelope = z.looseObject({
  event_id: z.string().default(""),
  team_id: z.string().default(""),
});

// What a person wrote: not our own posts, not joins, edits or deletions.
const isWritten = (message: Message): boolean =>
  message.user !== undefined &&
  message.bot_id === undefined &&
  (message.subtype === undefined || message.subtype === "file_share");

const withoutMention = (text: string): string =>
  text.replace(/^\s*<@[A-Z0-9]+(?:\|[^>]*)?>\s*/, "");

const answer = async (deps: SlackDeps, raw: unknown, body: unknown): Promise<void> => {
  const message = Message.parse(raw);
  const { event_id, team_id } = Envelope.parse(body);
  if (!isWritten(message)) return;
  const threadTs = message.thread_ts ?? message.ts;
  const asker = await askerOf(deps, {
    team: team_id,
    user: message.user ?? "",
    channel: message.channel,
    threadTs,
    id: event_id || `${message.channel}/${message.ts}`,
  });
  const give = async (rendered: Rendered) => {
    await deps.port.post({
      channel: message.channel,
      threadTs,
      broadcast: false,
      rendered,
      effect: { key: `answer/${asker.key}`, kind: "answer", revision: 0 },
    });
  };
  try {
    const found = await answerWords(deps, asker, withoutMention(message.text));
    await giveAnswer(deps, asker, found, give);
  } catch (error) {
    deps.log.info("a message was refused", { ref: asker.reference, error: messageOf(error) });
    await give(renderLine(errorWords(error, asker.reference)));
  }
};

const Stopped = z.looseObject({
  user: z.string(),
  channel: z.string(),
  thread_ts: z.string(),
  event_ts: z.string().default(""),
});

// The status of a session does not move by itself, and neither does the run: a person says pause or cancel.
const stopped = (deps: SlackDeps, raw: unknown, body: unknown): Promise<void> => {
  const { event_ts: ts, ...event } = Stopped.parse(raw);
  return answer(deps, { ...event, ts: ts || event.thread_ts, text: "stop" }, body);
};

/** The same words by mention (in a run's thread the run may be left out) and by direct message; answered where they were said. */
export const registerMessages = (app: App, deps: SlackDeps): void => {
  app.event("app_mention", ({ body, event }) => answer(deps, event, body));
  app.event("agent_session_stopped" as "app_mention", ({ body, event }) =>
    stopped(deps, event, body),
  );
  app.event("message", async ({ body, event }) => {
    // In channels a mention comes as its own event.
    if ((event as { readonly channel_type?: unknown }).channel_type === "im")
      await answer(deps, event, body);
  });
};
