import { runCard } from "../../operations/run-card.ts";
import { ACTIONS } from "../blocks/action-ids.ts";
import { actions, button, context, markup, section, sentences } from "../blocks/elements.ts";
import { runWords } from "../blocks/state-words.ts";
import { parseRef } from "../messages.ts";
import { tellDirectly } from "./direct.ts";
import { bodyOf, KEYS, type Show } from "./row.ts";

/** News of a run to one of its followers, by direct message and once: what it is now, and the way to its thread. */
export const showFollowed: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const { run_id } = bodyOf(row);
  const { person } = row.body as { readonly person?: unknown };
  const account = (await deps.settings.accountsOf(String(person)))[0];
  if (!account) return null;
  const card = await deps.call(runCard, { run_id });
  const at = parseRef(await deps.messages.get(KEYS.run(run_id)));
  const link = at ? await deps.port.permalink(at) : null;
  const waits = card.waits_for ? `, waits for ${card.waits_for}` : "";
  const words = `${card.run} is ${runWords(card.status, card.pauses)}${waits}.`;
  const rendered = {
    text: sentences(words, "You follow it."),
    blocks: [
      section(words),
      ...(link === null ? [] : [context(markup(`<${link}|Open its thread>`))]),
      actions(
        button("Details", ACTIONS.runDetails, run_id, { says: `Details of run ${card.run}` }),
        button("Unfollow", ACTIONS.say, `unfollow ${run_id}`, { says: `Unfollow ${card.run}` }),
      ),
    ],
  };
  return tellDirectly(deps, { key: row.effectKey, kind: row.kind }, account.user, rendered);
};
