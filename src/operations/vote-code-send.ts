import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** Has the bot send the caller a one-time code for his vote in one approval. Throws NO_SLACK, APPROVAL_NOT_FOUND, CLOSED. */
export const voteCodeSend = defineOperation({
  name: "vote_code_send",
  title: "Send a vote code",
  description: "Have Slack send you a one-time code that proves your vote. For people only.",
  scope: "pipeline:approve",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ approval: z.string() }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    sent_to: z.array(z.string()),
    minutes: z.int(),
  }),
});

/**
 * Makes the code that the bot is about to send; the bot's own, nobody else's. `code` is left out when the approval takes no votes
 * any more: then there is nothing to send.
 */
export const voteCodeIssue = defineOperation({
  name: "vote_code_issue",
  title: "Make a vote code",
  description: "Make the one-time code that the bot sends. For the bot only.",
  scope: null,
  toolset: "bot",
  annotations: WRITE,
  input: z.strictObject({ approval_id: z.string(), person: z.string() }),
  output: z.strictObject({
    code: z.string().optional(),
    /** Slack accounts (team/user) of the person. */
    accounts: z.array(z.string()),
    run: z.string(),
    phase: z.int().optional(),
    kind: z.string(),
    minutes: z.int(),
  }),
});

const MINUTES = 10;

type Deps = Pick<CatalogDeps, "approvals" | "runs" | "workspace">;
type Approval = Awaited<ReturnType<typeof findApproval>>;

const takesVotes = (approval: Approval): boolean =>
  approval.status === "open" || approval.status === "escalated";

const voteFor = ({ approvalId, revision, runId }: Approval, person: string) => ({
  runId,
  approvalId,
  revision,
  person,
});

export const createVoteCodeSend =
  ({ approvals, runs, workspace }: Deps): Handler<typeof voteCodeSend> =>
  async ({ approval: ref }, call) => {
    const approval = await findApproval(approvals, runs, ref);
    if (!takesVotes(approval))
      throw new UserInputError("CLOSED", `this approval is ${approval.status}`, {
        next: "approvals_list",
      });
    const vote = voteFor(approval, call.actor.person ?? "");
    const accounts = await workspace.askVoteCode(vote, call.actor, call.key);
    return {
      approval_id: approval.approvalId,
      run: approval.runName,
      sent_to: [...accounts],
      minutes: MINUTES,
    };
  };

export const createVoteCodeIssue =
  ({ approvals, runs, workspace }: Deps): Handler<typeof voteCodeIssue> =>
  async ({ approval_id, person }, call) => {
    const approval = await findApproval(approvals, runs, approval_id);
    const made = takesVotes(approval)
      ? await workspace.issueVoteCode(voteFor(approval, person), call.actor, call.key)
      : null;
    return {
      ...(made === null ? {} : { code: made.code }),
      accounts: [...(made?.accounts ?? [])],
      run: approval.runName,
      ...(approval.phase === null ? {} : { phase: approval.phase }),
      kind: approval.kind,
      minutes: MINUTES,
    };
  };
