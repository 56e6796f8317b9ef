import { formatRef, parseRef } from "../messages.ts";
import { EFFECT_EVENT } from "./content.ts";
import type { MessageDeps } from "./message-deps.ts";
import type { Payload } from "./payload.ts";
import { keepOlder, lostPost } from "./post.ts";

interface Posted {
  readonly effectKey: string;
  readonly channel: string;
  readonly ts: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** What `message_metadata_posted` says of a post of ours; null for another app's. */
const postedOf = (body: Payload): Posted | null => {
  const event = (body.event ?? {}) as Payload;
  const metadata = (event.metadata ?? {}) as Payload;
  const payload = (metadata.event_payload ?? {}) as Payload;
  if (metadata.event_type !== EFFECT_EVENT || event.app_id !== body.api_app_id) return null;
  const posted = {
    effectKey: text(payload.effect_key),
    channel: text(event.channel_id),
    ts: text(event.message_ts),
  };
  return posted.effectKey && posted.channel && posted.ts ? posted : null;
};

/**
 * Learns from Slack's own event where a post lies whose answer was lost. A second post of the same effect is deleted once both
 * are known; the place of a message that a person deleted is of no use any more.
 */
export const createEffectListener =
  (deps: MessageDeps) =>
  async (body: Payload): Promise<void> => {
    const posted = postedOf(body);
    if (posted === null) return;
    const { index } = deps;
    const ref = formatRef(posted);
    const shown = await index.shown(posted.effectKey);
    if (shown?.ref === ref || (await index.get(`gone/${ref}`)) !== null) return;
    const known = parseRef(shown?.ref ?? null);
    const isReplaced = known !== null && (await index.get(`gone/${formatRef(known)}`)) !== null;
    if (known === null || isReplaced || (await lostPost(index, posted.effectKey)) !== null) {
      await index.show(posted.effectKey, ref, "");
      return;
    }
    const kept = await keepOlder(deps, { key: posted.effectKey }, known, posted);
    await index.show(posted.effectKey, formatRef(kept), kept === known ? (shown?.hash ?? "") : "");
  };
