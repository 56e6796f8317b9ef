import type { Rendered } from "../blocks/rendered.ts";
import type { SlackPort } from "../port.ts";
import type { CallApi } from "./api.ts";
import { contentOf, metadataOf } from "./content.ts";
import type { ApiBody, ApiOutcome } from "./outcome.ts";

/** A person waits for the answer to a click. */
const PATIENCE_MS = 3_000;

const line = (channel: string, rendered: Rendered, key: string) => ({
  channel,
  ...contentOf(rendered),
  ...metadataOf({ key, kind: "tell", revision: 0 }),
});

/** An answer that was lost is taken for given: nothing is said twice. */
const isTold = async (asked: Promise<ApiOutcome>): Promise<boolean> => {
  const { kind } = await asked;
  return kind === "ok" || kind === "lost";
};

/**
 * Says something to one person: where they are and only they see it, else by direct message, else as a line in the thread.
 * Never throws.
 */
export const createTell = (
  call: CallApi,
  direct: (user: string) => Promise<string>,
  nowMs: () => number,
): SlackPort["tell"] => {
  const ask = (method: string, args: ApiBody & { readonly channel: string }) =>
    isTold(call(method, args, { priority: 0, patienceMs: PATIENCE_MS, channel: args.channel }));
  // Two answers in one millisecond are two messages: under one key the younger would be taken for a repeat and deleted.
  const told = { count: 0 };
  return async ({ channel, threadTs, user }, rendered) => {
    told.count += 1;
    const key = `tell/${user}/${nowMs()}/${told.count}`;
    const thread = threadTs === null ? {} : { thread_ts: threadTs };
    const here = { channel, user, ...contentOf(rendered), ...thread };
    if (channel !== "" && (await ask("chat.postEphemeral", here))) return;
    const dm = await direct(user).catch(() => null);
    if (dm !== null && (await ask("chat.postMessage", line(dm, rendered, key)))) return;
    if (channel !== "" && threadTs !== null)
      await ask("chat.postMessage", { ...line(channel, rendered, key), ...thread });
  };
};
