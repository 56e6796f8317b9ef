import { voteCodeIssue } from "../../operations/vote-code-send.ts";
import { renderLine } from "../blocks/line-message.ts";
import { tellDirectly } from "./direct.ts";
import { bodyOf, type Show } from "./row.ts";

/** A one-time code for a vote cast elsewhere, to that person alone; made now, so that it stands nowhere else. Sent once. */
export const showCode: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const { person } = row.body as { readonly person?: unknown };
  const made = await deps.call(voteCodeIssue, {
    approval_id: bodyOf(row).ref,
    person: String(person),
  });
  if (made.code === undefined) return null;
  const what = made.phase === undefined ? `the ${made.kind} approval` : `handoff ${made.phase}`;
  const rendered = renderLine(
    `Your code for ${what} of ${made.run}: ${made.code}. Type it where you vote, within ${made.minutes} minutes; it works once. If you did not ask for it, somebody else may be using your name: tell the owner.`,
  );
  const refs: (string | null)[] = [];
  for (const account of made.accounts) {
    const user = account.slice(account.indexOf("/") + 1);
    refs.push(await tellDirectly(deps, { key: row.effectKey, kind: row.kind }, user, rendered));
  }
  return refs.find((ref) => ref !== null) ?? null;
};
