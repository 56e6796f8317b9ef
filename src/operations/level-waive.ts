import { z } from "zod";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** The owner's audited waiver of the minimum verification level of one approval. Throws the engine's rejections. */
export const levelWaive = defineOperation({
  name: "level_waive",
  title: "Waive a level",
  description: "Let an approval pass below the policy's verification level. For the owner only.",
  scope: "pipeline:admin",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ approval: z.string(), reason: z.string().min(1).max(2000) }),
  output: z.strictObject({ approval_id: z.string(), run: z.string(), waived: z.array(z.string()) }),
});

export const createLevelWaive =
  ({
    approvals,
    commands,
    runs,
  }: Pick<CatalogDeps, "runs" | "approvals" | "commands">): Handler<typeof levelWaive> =>
  async ({ approval: ref, reason }, call) => {
    const approval = await findApproval(approvals, runs, ref);
    const done = await commands.dispatch({
      key: call.key,
      runId: approval.runId,
      actor: call.actor,
      body: { type: "WaiveLevel", approvalId: approval.approvalId, reason },
    });
    if (!done.ok) throw refuse(done.rejection);
    return {
      approval_id: approval.approvalId,
      run: approval.runName,
      waived: [...approval.belowLevel],
    };
  };
