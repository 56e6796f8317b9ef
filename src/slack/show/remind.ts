import { approvalGet } from "../../operations/approval-get.ts";
import type { ApprovalAnswer } from "../blocks/approval/approval-view.ts";
import { renderReminder } from "../blocks/approval/reminder.ts";
import { parseRef } from "../messages.ts";
import { tellDirectly } from "./direct.ts";
import { bodyOf, KEYS, type Show, type ShowDeps } from "./row.ts";

const approvalLink = async (deps: ShowDeps, approval: ApprovalAnswer): Promise<string | null> => {
  const key = KEYS.approval(approval.kind, approval.approval_id);
  const at = parseRef(await deps.messages.get(key));
  return at ? deps.port.permalink(at) : null;
};

/** A direct message to everyone whose vote is still missing; those who were told are not told twice. */
export const remind: Show = async (deps, row) => {
  const approval = await deps.call(approvalGet, { approval: bodyOf(row).ref });
  if (!approval.open) return null;
  const rendered = renderReminder(approval, await approvalLink(deps, approval), row.kind);
  const refs: (string | null)[] = [];
  for (const person of approval.still_to_vote) {
    const account = (await deps.settings.accountsOf(person.id))[0];
    if (!account) continue;
    refs.push(
      await tellDirectly(deps, { key: row.effectKey, kind: row.kind }, account.user, rendered),
    );
  }
  return refs.find((ref) => ref !== null) ?? null;
};
