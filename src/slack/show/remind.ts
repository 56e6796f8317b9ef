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

/** Who is told, and whether the approval is held: nobody decided in time, and only the owner can go on with it. */
const noticeIn = (body: unknown): { readonly person: string; readonly holds: boolean } => {
  const { holds, person } = body as { readonly person?: unknown; readonly holds?: unknown };
  return { person: String(person), holds: holds === true };
};

/** A direct message to one person whose vote, or word, is missing; nobody is told twice or what is settled meanwhile. */
export const remind: Show = async (deps, row) => {
  const approval = await deps.call(approvalGet, { approval: bodyOf(row).ref });
  const { holds, person } = noticeIn(row.body);
  const waits = holds
    ? approval.status === "expired"
    : approval.open && approval.still_to_vote.some(({ id }) => id === person);
  const account = waits ? (await deps.settings.accountsOf(person))[0] : undefined;
  if (!account) return null;
  const kind = holds ? "held" : row.kind;
  const rendered = renderReminder(approval, await approvalLink(deps, approval), kind);
  return tellDirectly(deps, { key: row.effectKey, kind: row.kind }, account.user, rendered);
};
