import type { z } from "zod";
import type { digestGet } from "../../operations/digests.ts";
import { ACTIONS } from "./action-ids.ts";
import {
  actions,
  button,
  context,
  dateMarkup,
  header,
  lists,
  markup,
  section,
  sentences,
} from "./elements.ts";
import type { Rendered } from "./rendered.ts";

export type DigestAnswer = z.output<typeof digestGet.output>;

const MAX_TEXT = 6_000;

/** A digest: its line, then sections with what needs its reader first; one line when all is quiet. Pure. */
export const renderDigest = (digest: DigestAnswer): Rendered => {
  const rows = digest.sections.flatMap(({ rows: said, title }) => [`${title}:`, ...said]);
  const text = sentences(digest.headline, rows.join(" "));
  const next =
    digest.next === undefined ? [] : [context(markup(`Next ${dateMarkup(digest.next)}.`))];
  if (digest.quiet) return { text, blocks: [section(digest.headline), ...next] };
  const told = lists(
    digest.sections.map(({ more, rows: items, title }) => ({
      title,
      items: [...items, ...(more > 0 ? [`+${more} more`] : [])],
    })),
    MAX_TEXT,
  );
  return {
    text,
    blocks: [
      header("Digest"),
      section(digest.headline, 600),
      ...(told === null ? [] : [told]),
      ...next,
      actions(
        button("Incidents", `${ACTIONS.say}.0`, "alerts"),
        button("Approvals", `${ACTIONS.say}.1`, "approvals"),
      ),
    ],
  };
};
