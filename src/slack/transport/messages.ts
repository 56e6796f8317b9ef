import type { Rendered } from "../blocks/rendered.ts";
import { formatRef, type MessageRef, parseRef } from "../messages.ts";
import type { Effect, SlackPort } from "../port.ts";
import { mustCall } from "./api.ts";
import { createCoalesce } from "./coalesce.ts";
import { contentOf, metadataOf, priorityOf, renderingHash } from "./content.ts";
import type { MessageDeps } from "./message-deps.ts";
import { lostPost, postNow } from "./post.ts";
import { errorOfOutcome } from "./refusals.ts";
import { createTell } from "./tell.ts";

type MessagePort = Pick<SlackPort, "post" | "edit" | "tell" | "dm" | "permalink">;

/** A run's message changes with every step; more often than this nobody reads it. */
const RUN_GAP_MS = 3_000;

interface Edit {
  readonly ref: MessageRef;
  readonly rendered: Rendered;
  readonly effect: Effect;
}

// A person deleted it: posted anew where it stood, and found there from now on.
const postAnew = async (deps: MessageDeps, { effect, ref, rendered }: Edit) => {
  const replaces = formatRef(ref);
  await deps.index.put(`gone/${replaces}`, replaces);
  const threadTs = await deps.index.get(`thread/${effect.key}`);
  const message = { channel: ref.channel, threadTs, broadcast: false, rendered, effect };
  return postNow(deps, message, replaces);
};

const editNow = async (
  deps: MessageDeps,
  edit: Edit,
): Promise<{ readonly result: MessageRef; readonly sent: boolean }> => {
  const { effect, rendered } = edit;
  const hash = renderingHash(rendered);
  const shown = await deps.index.shown(effect.key);
  // The index knows better than whoever asks: of two posts the younger was deleted, or a person deleted the first.
  const ref = parseRef(shown?.ref ?? null) ?? edit.ref;
  const place = formatRef(ref);
  if (shown?.hash === hash) return { result: ref, sent: false };
  const outcome = await deps.degrade.send(rendered, (form) =>
    deps.call(
      "chat.update",
      { channel: ref.channel, ts: ref.ts, ...contentOf(form), ...metadataOf(effect) },
      { channel: ref.channel, priority: priorityOf(effect) },
    ),
  );
  if (outcome.kind === "ok") {
    await deps.index.show(effect.key, place, hash);
    return { result: ref, sent: true };
  }
  if (outcome.kind === "refused") {
    if (outcome.code === "message_not_found")
      return { result: await postAnew(deps, { ...edit, ref }), sent: true };
    await deps.complain(ref.channel, outcome.code);
  }
  throw errorOfOutcome("chat.update", outcome);
};

/** Messages: posted once per effect, edited ever after. */
export const createMessages = (deps: MessageDeps): MessagePort => {
  const { call, index, timing } = deps;
  const directChannels = new Map<string, string>();
  const coalesced = createCoalesce<Edit, MessageRef>({
    timing,
    send: (_key, edit) => editNow(deps, edit),
    gapMs: ({ effect }) => (effect.kind === "run" ? RUN_GAP_MS : 0),
  });
  const edit: SlackPort["edit"] = (ref, rendered, effect) =>
    coalesced(effect.key, { ref, rendered, effect });
  const post: SlackPort["post"] = async (message) => {
    const { effect, rendered } = message;
    const known = parseRef((await index.shown(effect.key))?.ref ?? null);
    if (known === null) return postNow(deps, message, null);
    const isLost = (await lostPost(index, effect.key)) !== null;
    return isLost ? postNow(deps, message, formatRef(known)) : edit(known, rendered, effect);
  };
  const direct = async (user: string): Promise<string> => {
    const known = directChannels.get(user);
    if (known) return known;
    const opened = await mustCall(call, "conversations.open", { users: user });
    const channel = String((opened.channel as { readonly id?: unknown } | undefined)?.id);
    directChannels.set(user, channel);
    return channel;
  };
  return {
    post,
    edit,
    tell: createTell(call, direct, timing.nowMs),
    dm: async (user, rendered, effect) => {
      const known = parseRef((await index.shown(effect.key))?.ref ?? null);
      const channel = known?.channel ?? (await direct(user));
      return post({ channel, threadTs: null, broadcast: false, rendered, effect });
    },
    permalink: async (ref) => {
      const args = { channel: ref.channel, message_ts: ref.ts };
      const outcome = await call("chat.getPermalink", args);
      return outcome.kind === "ok" ? String(outcome.body.permalink) : null;
    },
  };
};
