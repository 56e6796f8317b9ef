import { z } from "zod";
import { mayDecide } from "./approvals-list.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** Puts an approval before the people who may decide it. Decides nothing. Throws APPROVAL_NOT_FOUND. */
export const approvalRequestDecision = defineOperation({
  name: "approval_request_decision",
  title: "Ask people to decide",
  description:
    "Put an approval before the people who may decide it. You cannot decide it yourself.",
  scope: "pipeline:run",
  toolset: "core",
  annotations: WRITE,
  input: z.strictObject({ approval: z.string(), note: z.string().max(1000).default("") }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    run_id: z.string(),
    shown_in: z.enum(["slack", "terminal"]),
    may_decide: z.array(z.string()),
    next: z.array(z.string()),
  }),
});

export const createApprovalRequestDecision =
  ({
    approvals,
    people,
    runs,
    workspace,
  }: Pick<CatalogDeps, "approvals" | "people" | "runs" | "workspace">): Handler<
    typeof approvalRequestDecision
  > =>
  async ({ approval: ref, note }, call) => {
    const approval = await findApproval(approvals, runs, ref);
    const { approvalId, revision, runId } = approval;
    const shown = await workspace.askForDecision(
      { approvalId, revision, runId, note },
      call.actor,
      call.key,
    );
    return {
      approval_id: approvalId,
      run: approval.runName,
      run_id: runId,
      shown_in: shown ? "slack" : "terminal",
      may_decide: [...mayDecide(approval, await people.list())],
      next: ["run_wait"],
    };
  };
