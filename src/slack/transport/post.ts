import { RetryableError } from "../../lib/errors.ts";
import {
  formatRef,
  type MessageIndex,
  type MessageRef,
  type PostMarks,
  parseRef,
} from "../messages.ts";
import type { Effect, SlackPort } from "../port.ts";
import { contentOf, metadataOf, priorityOf, renderingHash } from "./content.ts";
import type { MessageDeps } from "./message-deps.ts";
import type { ApiOutcome } from "./outcome.ts";
import { errorOfOutcome } from "./refusals.ts";

type Message = Parameters<SlackPort["post"]>[0];
type Index = MessageIndex & PostMarks;

/** How long a lost answer may come as an event before the post is made once more (slack.md 2.2). */
export const REPAIR_MS = 10_000;
/** After that second post only the event can say where one stands; how often the outbox looks whether it came. */
const LOOK_MS = 600_000;
/** The first post and one more: of the two the younger is deleted once both are known, a third would stay. */
const MAX_POSTS = 2;

const QUIET = { unfurl_links: false, unfurl_media: false };

const send = (deps: MessageDeps, message: Message): Promise<ApiOutcome> => {
  const { broadcast, channel, effect, rendered, threadTs } = message;
  const thread = threadTs === null ? {} : { thread_ts: threadTs };
  return deps.degrade.send(rendered, (form) =>
    deps.call(
      "chat.postMessage",
      {
        channel,
        ...contentOf(form),
        ...metadataOf(effect),
        ...QUIET,
        ...thread,
        ...(threadTs !== null && broadcast ? { reply_broadcast: true } : {}),
      },
      { channel, priority: priorityOf(effect) },
    ),
  );
};

/** A post that was begun and whose place nobody knows: its answer was lost, or the process ended before it came. */
export const lostPost = async (
  index: Index,
  effectKey: string,
): Promise<{ readonly atMs: number; readonly tries: number } | null> => {
  const mark = await index.mark(effectKey);
  if (mark === null || mark.tries === 0) return null;
  const shown = await index.shown(effectKey);
  return shown === null || mark.atMs > shown.atMs ? mark : null;
};

const stillLost = (words: string, retryAfterMs: number): RetryableError =>
  new RetryableError("SLACK_LOST", words, { retryAfterMs });

/** Returns when the one more post may be made: Slack had its time to tell of the first, and answers. */
const waitForEvent = async (
  { call, startedAtMs, timing }: MessageDeps,
  lost: { atMs: number; tries: number },
): Promise<void> => {
  if (lost.tries >= MAX_POSTS) throw stillLost("both posts of it got no answer", LOOK_MS);
  const from = Math.max(lost.atMs, startedAtMs); // what came while nobody listened comes again after the start
  const leftMs = from + REPAIR_MS - timing.nowMs();
  if (leftMs > 0) throw stillLost("the place of an earlier post is not known yet", leftMs);
  // The last post is not spent on an outage.
  if ((await call("auth.test", {})).kind !== "ok")
    throw stillLost("Slack does not answer yet", REPAIR_MS);
};

/** Of two posts of one effect the older stays. Gives the one that stays. */
export const keepOlder = async (
  deps: MessageDeps,
  effect: Pick<Effect, "key">,
  one: MessageRef,
  other: MessageRef,
): Promise<MessageRef> => {
  const [older, younger] = Number(one.ts) <= Number(other.ts) ? [one, other] : [other, one];
  const deleted = await deps.call("chat.delete", { channel: younger.channel, ts: younger.ts });
  deps.log.warn("a message stood twice", { effect: effect.key, deleted: deleted.kind === "ok" });
  return older;
};

/** The mark stays only where nobody knows whether Slack took the post. */
const settle = async (
  deps: MessageDeps,
  message: Message,
  outcome: Exclude<ApiOutcome, { readonly kind: "ok" }>,
  triesBefore: number,
): Promise<never> => {
  if (outcome.kind === "lost")
    throw new RetryableError("SLACK_LOST", `a post got no answer: ${outcome.error}`, {
      retryAfterMs: REPAIR_MS,
    });
  await deps.index.setMark(message.effect.key, triesBefore);
  if (outcome.kind === "refused") await deps.complain(message.channel, outcome.code);
  throw errorOfOutcome("chat.postMessage", outcome);
};

/**
 * Posts now, whatever is shown already; `replaces` is the place of a message that a person deleted. A mark is durable before
 * the call, so that neither a lost answer nor a crash leads to a blind second post.
 */
export const postNow = async (
  deps: MessageDeps,
  message: Message,
  replaces: string | null,
): Promise<MessageRef> => {
  const { channel, effect, rendered, threadTs } = message;
  const lost = await lostPost(deps.index, effect.key);
  if (lost) await waitForEvent(deps, lost);
  const triesBefore = lost?.tries ?? 0;
  if (threadTs !== null) await deps.index.put(`thread/${effect.key}`, threadTs);
  await deps.index.setMark(effect.key, triesBefore + 1);
  const outcome = await send(deps, message);
  if (outcome.kind === "refused" && outcome.code === "thread_not_found" && threadTs !== null) {
    await deps.index.setMark(effect.key, triesBefore);
    return postNow(deps, { ...message, threadTs: null }, replaces);
  }
  if (outcome.kind !== "ok") return settle(deps, message, outcome, triesBefore);
  const posted = { channel: String(outcome.body.channel ?? channel), ts: String(outcome.body.ts) };
  const known = parseRef((await deps.index.shown(effect.key))?.ref ?? null);
  const isSecond =
    known !== null && formatRef(known) !== replaces && formatRef(known) !== formatRef(posted);
  const kept = isSecond ? await keepOlder(deps, effect, known, posted) : posted;
  // An earlier post may look otherwise than this one, so what it shows is not known.
  await deps.index.show(
    effect.key,
    formatRef(kept),
    kept === posted ? renderingHash(rendered) : "",
  );
  return kept;
};
