import { approvalGet } from "../../operations/approval-get.ts";
import { deliverablesList } from "../../operations/deliverables-list.ts";
import { handoffGet } from "../../operations/handoff-get.ts";
import { runCard } from "../../operations/run-card.ts";
import type { ApprovalAnswer, Around } from "../blocks/approval/approval-view.ts";
import { renderBudgetMessage } from "../blocks/approval/budget-message.ts";
import { renderHandoffMessage } from "../blocks/approval/handoff-message.ts";
import { renderReleaseMessage } from "../blocks/approval/release-message.ts";
import type { Rendered } from "../blocks/rendered.ts";
import { parseRef } from "../messages.ts";
import { refreshHomes } from "./home.ts";
import { bodyOf, KEYS, type Show, type ShowDeps, showInThread } from "./row.ts";

const linkTo = async (deps: ShowDeps, approval: ApprovalAnswer): Promise<string | null> => {
  if (!approval.replaced_by) return null;
  const at = parseRef(await deps.messages.get(KEYS.approval(approval.kind, approval.replaced_by)));
  return at ? deps.port.permalink(at) : null;
};

const filesOf = async (
  deps: ShowDeps,
  { phase, run_id }: ApprovalAnswer,
): Promise<Around["files"]> => {
  if (phase === undefined) return {};
  const { deliverables } = await deps.call(deliverablesList, { run_id, phase });
  return Object.fromEntries(deliverables.map((one) => [one.deliverable, one.files.length]));
};

/** An approval of any kind as its message shows it now. */
export const renderApproval = async (
  deps: ShowDeps,
  approval: ApprovalAnswer,
): Promise<Rendered> => {
  const [card, files, link] = await Promise.all([
    deps.call(runCard, { run_id: approval.run_id }),
    filesOf(deps, approval),
    linkTo(deps, approval),
  ]);
  const around: Around = {
    startedBy: card.started_by ?? null,
    budgetUsd: card.budget_usd,
    files,
    link,
  };
  if (approval.kind === "budget") return renderBudgetMessage(approval, around);
  if (approval.kind === "release") return renderReleaseMessage(approval, around);
  const handoff = await deps.call(handoffGet, { approval: approval.approval_id });
  return renderHandoffMessage(handoff, approval, around);
};

/** The one message of an approval, broadcast when it opens, edited ever after. */
export const showApproval: Show = async (deps, row) => {
  const approval = await deps.call(approvalGet, { approval: bodyOf(row).ref });
  const rendered = await renderApproval(deps, approval);
  const ref = await showInThread(deps, row, rendered, {
    broadcast: true,
    revision: approval.revision,
  });
  await refreshHomes(
    deps,
    approval.may_decide.map((person) => person.id),
  );
  return ref;
};
