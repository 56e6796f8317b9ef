import type { Rendered } from "../blocks/rendered.ts";
import type { MessageRef } from "../messages.ts";
import type { Effect, SlackPort } from "../port.ts";
import { bodyOf, type CallApi } from "./api.ts";
import type { ApiBody } from "./outcome.ts";

/** The type of the metadata that every post of ours carries. */
export const EFFECT_EVENT = "mlpipeline_effect";

const content = (rendered: Rendered): ApiBody => ({
  text: rendered.text,
  blocks: rendered.blocks,
});

const metadata = (effect: Effect): ApiBody => ({
  metadata: {
    event_type: EFFECT_EVENT,
    event_payload: { effect_key: effect.key, kind: effect.kind, revision: effect.revision },
  },
});

const QUIET = { unfurl_links: false, unfurl_media: false };

type MessagePort = Pick<SlackPort, "post" | "edit" | "tell" | "dm" | "permalink">;

/** Messages: posted once, edited ever after. */
export const createMessages = (call: CallApi): MessagePort => {
  const post: SlackPort["post"] = async ({ broadcast, channel, effect, rendered, threadTs }) => {
    const thread = threadTs === null ? {} : { thread_ts: threadTs };
    const body = await bodyOf(call, "chat.postMessage", {
      channel,
      ...content(rendered),
      ...metadata(effect),
      ...QUIET,
      ...thread,
      ...(threadTs !== null && broadcast ? { reply_broadcast: true } : {}),
    });
    return { channel: String(body.channel ?? channel), ts: String(body.ts) };
  };
  const dm: SlackPort["dm"] = async (user, rendered, effect) => {
    const opened = await bodyOf(call, "conversations.open", { users: user });
    const channel = String((opened.channel as { readonly id?: unknown } | undefined)?.id);
    return post({ channel, threadTs: null, broadcast: false, rendered, effect });
  };
  return {
    post,
    dm,
    edit: async (ref, rendered, effect) => {
      await bodyOf(call, "chat.update", {
        channel: ref.channel,
        ts: ref.ts,
        ...content(rendered),
        ...metadata(effect),
      });
      return ref;
    },
    tell: async ({ channel, threadTs, user }, rendered) => {
      const thread = threadTs === null ? {} : { thread_ts: threadTs };
      const effect: Effect = { key: `tell/${user}`, kind: "tell", revision: 0 };
      const told = await call("chat.postEphemeral", {
        channel,
        user,
        ...content(rendered),
        ...thread,
      });
      if (told.kind === "ok" || told.kind === "lost") return;
      try {
        await dm(user, rendered, effect);
      } catch {
        if (threadTs !== null)
          await post({ channel, threadTs, broadcast: false, rendered, effect }).catch(() => {});
      }
    },
    permalink: async (ref: MessageRef) => {
      const outcome = await call("chat.getPermalink", { channel: ref.channel, message_ts: ref.ts });
      return outcome.kind === "ok" ? String(outcome.body.permalink) : null;
    },
  };
};
