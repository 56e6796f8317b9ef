import { z } from "zod";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** The owner gives an approval more time; an expired one takes votes again. Throws APPROVAL_NOT_FOUND, the engine's rejections. */
export const approvalExtend = defineOperation({
  name: "approval_extend",
  title: "Extend a deadline",
  description: "Give an approval more time. For the owner only.",
  scope: "pipeline:approve",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ approval: z.string(), until: z.iso.datetime({ offset: true }) }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    run_id: z.string(),
    status: z.string(),
    expires_at: z.string(),
  }),
});

export const createApprovalExtend =
  ({
    approvals,
    commands,
    runs,
  }: Pick<CatalogDeps, "runs" | "approvals" | "commands">): Handler<typeof approvalExtend> =>
  async ({ approval: ref, until }, call) => {
    const approval = await findApproval(approvals, runs, ref, ["open", "escalated", "expired"]);
    const done = await commands.dispatch({
      key: call.key,
      runId: approval.runId,
      actor: call.actor,
      body: {
        type: "ExtendApproval",
        approvalId: approval.approvalId,
        deadlineMs: Date.parse(until),
      },
    });
    if (!done.ok) throw refuse(done.rejection);
    const after = (await runs.state(approval.runId)).approvals[approval.approvalId];
    return {
      approval_id: approval.approvalId,
      run: approval.runName,
      run_id: approval.runId,
      status: after?.status ?? approval.status,
      expires_at: new Date(after?.deadlineMs ?? approval.deadlineMs).toISOString(),
    };
  };
