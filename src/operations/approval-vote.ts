import { z } from "zod";
import type { BodyOf, Comment } from "../engine/command.ts";
import { type Call, defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval, findRun, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

const CommentInput = z.strictObject({
  file: z.string().max(300).optional(),
  line: z.int().min(1).optional(),
  severity: z.enum(["must", "should", "question"]).default("should"),
  text: z.string().min(1).max(4000),
});

/**
 * One person's vote in an approval; never offered to a language model. `manifest` is what the person was shown (default: the
 * one that is open). `attested` is filled in by the surface from how it proved the person. Throws the engine's rejections.
 */
export const approvalVote = defineOperation({
  name: "approval_vote",
  title: "Decide an approval",
  description: "Approve, request changes or reject. For people only.",
  scope: "pipeline:approve",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    approval: z.string(),
    decision: z.enum(["approve", "request_changes", "reject"]),
    manifest: z.string().length(64).optional(),
    comments: z.array(CommentInput).max(10).default([]),
    on_behalf_of: z.string().optional(),
    attested: z.enum(["slack", "code", "client", "none"]),
  }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    run_id: z.string(),
    phase: z.int().optional(),
    outcome: z.enum(["approved", "changes_requested", "rejected", "recorded"]),
    decided_by: z.string(),
    log_head: z.string(),
    understood: z.array(z.string()),
    not_understood: z.array(z.string()),
  }),
});

const OUTCOMES = {
  ApprovalApproved: "approved",
  ApprovalChangesRequested: "changes_requested",
  ApprovalRejected: "rejected",
} as const;

const outcomeOf = (events: readonly string[]) => {
  const found = Object.entries(OUTCOMES).find(([type]) => events.includes(type));
  return found?.[1] ?? "recorded";
};

type Deps = Pick<CatalogDeps, "runs" | "approvals" | "commands" | "handoffs">;
type Found = Awaited<ReturnType<typeof findApproval>>;

const withIds = (
  newId: () => string,
  comments: readonly z.infer<typeof CommentInput>[],
): Comment[] =>
  comments.map((comment) => ({
    id: newId(),
    file: comment.file ?? null,
    line: comment.line ?? null,
    severity: comment.severity,
    text: comment.text,
    from: "person",
  }));

/** Bytes that changed since the opening void the approval before the vote is looked at. */
const observe = async (
  { commands, handoffs }: Deps,
  approval: Found,
  call: Call,
): Promise<void> => {
  const { manifestHash, phase, runId } = approval;
  if (phase === null) return;
  const seen = await handoffs.observe(runId, phase);
  if (seen === manifestHash) return;
  await commands.dispatch({
    key: `observe/${phase}/${seen}`,
    runId,
    actor: call.actor,
    body: { type: "ObserveManifest", phase, manifestHash: seen },
  });
};

const voteOf = (
  input: z.output<typeof approvalVote.input>,
  approval: Found,
  comments: Comment[],
): BodyOf<"CastVote"> => {
  const manifestHash = input.manifest ?? approval.manifestHash;
  return {
    type: "CastVote",
    approvalId: approval.approvalId,
    ...(manifestHash === null ? {} : { manifestHash }),
    decision: input.decision,
    comments,
    ...(input.on_behalf_of === undefined ? {} : { onBehalfOf: input.on_behalf_of }),
    attested: input.attested,
  };
};

const NOTHING_CHANGED = { understood: [], problems: [] };

export const createApprovalVote =
  (deps: Deps): Handler<typeof approvalVote> =>
  async (input, call) => {
    const { approvals, commands, runs } = deps;
    const approval = await findApproval(approvals, runs, input.approval);
    const { approvalId, phase, runId } = approval;
    await observe(deps, approval, call);
    const comments = withIds(commands.newId, input.comments);
    const body = voteOf(input, approval, comments);
    const done = await commands.dispatch({ key: call.key, runId, actor: call.actor, body });
    if (!done.ok) throw refuse(done.rejection);
    const outcome = outcomeOf(done.events);
    const changed =
      outcome === "changes_requested"
        ? await commands.changeSpec(runId, comments, call.actor, `${call.key}/spec`)
        : NOTHING_CHANGED;
    const run = await findRun(runs, runId);
    return {
      approval_id: approvalId,
      run: approval.runName,
      run_id: runId,
      ...(phase === null ? {} : { phase }),
      outcome,
      decided_by: call.actor.person ?? "nobody",
      log_head: run.headHash,
      understood: [...changed.understood],
      not_understood: [...changed.problems],
    };
  };
