import { digestGet } from "../../operations/digests.ts";
import { renderDigest } from "../blocks/digest-message.ts";
import { formatRef } from "../messages.ts";
import { tellDirectly } from "./direct.ts";
import { bodyOf, effectOf, type Show } from "./row.ts";

/** A digest, posted once where it was ordered: a channel, or a direct message. */
export const showDigest: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const { ref, run_id } = bodyOf(row);
  const digest = await deps.call(digestGet, { subscription: run_id, slot: ref });
  const rendered = renderDigest(digest);
  if (digest.to_kind === "person") {
    const account = (await deps.settings.accountsOf(digest.to))[0];
    if (!account) return null;
    return tellDirectly(deps, { key: row.effectKey, kind: row.kind }, account.user, rendered);
  }
  return formatRef(
    await deps.port.post({
      channel: digest.to,
      threadTs: null,
      broadcast: false,
      rendered,
      effect: effectOf(row),
    }),
  );
};
