import { approvalGet } from "../../operations/approval-get.ts";
import { pipelineStatus } from "../../operations/pipeline-status.ts";
import { renderRequest } from "../blocks/approval/reminder.ts";
import { renderLine } from "../blocks/line-message.ts";
import { bodyOf, postInThread, type Show, showInThread } from "./row.ts";

/** Where the run's work lies in git: one line, edited through the run. */
export const showDelivery: Show = async (deps, row) => {
  const { run_id } = bodyOf(row);
  const { delivery } = await deps.call(pipelineStatus, { run_id });
  if (!delivery) return row.externalRef;
  return showInThread(deps, row, renderLine(`Delivery: ${delivery.said}`));
};

/** An assistant put an approval before people: a line with the buttons, posted once; it decides nothing. */
export const showRequest: Show = async (deps, row) => {
  if (row.externalRef !== null) return row.externalRef;
  const { by, for: whom, note } = row.body as Readonly<Record<string, unknown>>;
  const approval = await deps.call(approvalGet, { approval: bodyOf(row).ref });
  if (!approval.open) return null;
  const asked = `Asked by ${String(by)}${whom ? ` for ${String(whom)}` : ""}`;
  return postInThread(
    deps,
    row,
    renderRequest(approval, asked, typeof note === "string" ? note : ""),
  );
};
