import { z } from "zod";
import { Attested, type BodyOf, type Comment } from "../engine/command.ts";
import { UserInputError } from "../lib/errors.ts";
import { usd } from "../lib/money.ts";
import { type Call, defineOperation, type Handler, WRITE } from "./define.ts";
import { AccountKind, mustBeFullAccount } from "./full-account.ts";
import { findApproval, findRun, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { stableId } from "./stable-id.ts";

const CommentInput = z.strictObject({
  file: z.string().max(300).optional(),
  line: z.int().min(1).optional(),
  severity: z.enum(["must", "should", "question"]).default("should"),
  text: z.string().min(1).max(4000),
});

/**
 * One person's vote in an approval; never offered to a language model. `manifest` is what the person was shown (default: the
 * one that is open). How the person was proved follows from the surface's verified account and from `code`, never from what a
 * caller says. A vote to approve a budget signs the amount to raise it to, in the unit of its scope. Throws CODE_INVALID and the
 * engine's rejections.
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
    /** Ids of open review comments (an assistant's, say) that this vote takes up as they are. */
    adopt: z.array(z.string()).max(10).default([]),
    on_behalf_of: z.string().optional(),
    /** What the surface found out about the voter's account; absent for a full member's. */
    account: AccountKind.optional(),
    /** The one-time code that Slack sent to the voter. */
    code: z.string().max(40).optional(),
    raise_to_usd: z.number().positive().max(1e6).optional(),
    raise_to_tokens: z.int().positive().max(1e10).optional(),
    raise_to_hours: z.number().positive().max(10_000).optional(),
  }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    run_id: z.string(),
    phase: z.int().optional(),
    outcome: z.enum(["approved", "changes_requested", "rejected", "recorded"]),
    decided_by: z.string(),
    attested: Attested,
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

type Deps = Pick<CatalogDeps, "runs" | "approvals" | "commands" | "handoffs" | "workspace">;
type Found = Awaited<ReturnType<typeof findApproval>>;

const withIds = (key: string, comments: readonly z.infer<typeof CommentInput>[]): Comment[] =>
  comments.map((comment, at) => ({
    id: stableId(key, at),
    file: comment.file ?? null,
    line: comment.line ?? null,
    severity: comment.severity,
    text: comment.text,
    from: "person",
  }));

/** Open comments of the run by id, which from now on stand as they were written but are a person's to answer for. */
const adopted = async (
  { runs }: Pick<Deps, "runs">,
  runId: string,
  ids: readonly string[],
): Promise<readonly Comment[]> => {
  if (ids.length === 0) return [];
  const { comments } = await runs.state(runId);
  return ids.map((id) => {
    const found = comments[id];
    if (found?.status === "open") return found.comment;
    throw new UserInputError("COMMENT_NOT_OPEN", `comment ${id} is not open`, {
      next: "handoff_get names those that are",
    });
  });
};

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

type Input = z.output<typeof approvalVote.input>;

const MS_PER_HOUR = 3_600_000;

const amountIn = (input: Input, unit: string): number | undefined => {
  if (unit === "usd") return input.raise_to_usd === undefined ? undefined : usd(input.raise_to_usd);
  if (unit === "tokens") return input.raise_to_tokens;
  return input.raise_to_hours === undefined
    ? undefined
    : Math.round(input.raise_to_hours * MS_PER_HOUR);
};

/** The amount that an approving vote on a budget signs: micro-USD, tokens or milliseconds, as its scope counts. */
const raiseOf = (input: Input, { ask, kind }: Found): number | undefined => {
  if (kind !== "budget" || input.decision !== "approve" || ask?.kind !== "budget") return undefined;
  const unit = ask.scope.split(".")[1] ?? "usd";
  const amount = amountIn(input, unit);
  if (amount !== undefined) return amount;
  const field = unit === "ms" ? "raise_to_hours" : `raise_to_${unit}`;
  throw new UserInputError("INVALID_INPUT", `expected ${field}: what ${ask.scope} is raised to`, {
    next: `approval_vote with ${field}`,
  });
};

const voteOf = (
  input: Input,
  approval: Found,
  comments: Comment[],
  attested: Attested,
  form: boolean,
): BodyOf<"CastVote"> => {
  const raiseTo = raiseOf(input, approval);
  const manifestHash = input.manifest ?? approval.manifestHash;
  return {
    type: "CastVote",
    approvalId: approval.approvalId,
    ...(manifestHash === null ? {} : { manifestHash }),
    ...(raiseTo === undefined ? {} : { raiseTo }),
    decision: input.decision,
    comments,
    ...(input.on_behalf_of === undefined ? {} : { onBehalfOf: input.on_behalf_of }),
    attested,
    ...(form ? { form } : {}),
  };
};

const NOTHING_CHANGED = { understood: [], problems: [] };

export const createApprovalVote =
  (deps: Deps): Handler<typeof approvalVote> =>
  async (input, call) => {
    const { approvals, commands, runs, workspace } = deps;
    const approval = await findApproval(approvals, runs, input.approval);
    const { approvalId, phase, runId } = approval;
    mustBeFullAccount(approval, call.actor.person, input.account);
    await observe(deps, approval, call);
    const comments = [
      ...withIds(call.key, input.comments),
      ...(await adopted(deps, runId, input.adopt)),
    ];
    const { attested, lookup } = await workspace.proveVoter(
      { runId, approvalId, revision: approval.revision, person: call.actor.person ?? "" },
      input.code,
      call.actor,
      call.key,
    );
    const { actor, key } = call;
    // Whatever a person answers through an assistant comes out of a form.
    const body = voteOf(input, approval, comments, attested, actor.via === "mcp");
    const plan =
      input.decision === "request_changes" ? await commands.planSpec(runId, comments) : null;
    const done = await commands.dispatch({ key, runId, actor, body, uses: lookup });
    if (!done.ok) throw refuse(done.rejection);
    const outcome = outcomeOf(done.events);
    const changed =
      plan !== null && outcome === "changes_requested"
        ? await plan.apply(actor, `${key}/spec`)
        : NOTHING_CHANGED;
    const run = await findRun(runs, runId);
    return {
      approval_id: approvalId,
      run: approval.runName,
      run_id: runId,
      ...(phase === null ? {} : { phase }),
      outcome,
      decided_by: call.actor.person ?? "nobody",
      attested,
      log_head: run.headHash,
      understood: [...changed.understood],
      not_understood: [...changed.problems],
    };
  };
