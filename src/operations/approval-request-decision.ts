import { z } from "zod";
import type { Comment } from "../engine/command.ts";
import { takesVotes } from "../engine/holds.ts";
import { mayDecide } from "./approvals-list.ts";
import { type Call, defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { stableId } from "./stable-id.ts";

const ReviewComment = z.strictObject({
  file: z.string().max(300).optional(),
  line: z.int().min(1).optional(),
  severity: z.enum(["must", "should", "question"]).default("should"),
  text: z.string().min(1).max(2000),
});

/**
 * Puts an approval before the people who may decide it, with review comments that bind nobody until a person takes them up. Decides
 * nothing; of one that is decided it says by whom and where. Throws APPROVAL_NOT_FOUND.
 */
export const approvalRequestDecision = defineOperation({
  name: "approval_request_decision",
  title: "Ask people to decide",
  description:
    "Put an open approval before people, with review comments if you have any. Only people decide; you cannot.",
  scope: "pipeline:run",
  toolset: "core",
  annotations: WRITE,
  input: z.strictObject({
    approval_id: z.string(),
    recommendation: z.string().max(500).default(""),
    comments: z.array(ReviewComment).max(10).default([]),
    idempotency_key: z.string().max(120).optional(),
  }),
  output: z.strictObject({
    approval_id: z.string(),
    run: z.string(),
    run_id: z.string(),
    status: z.string(),
    /** Only once it is decided: the person, and the surface. */
    decided_by: z.string().optional(),
    surface: z.string().optional(),
    /** Where people were shown it now; the terminal shows what is open in any case. */
    asked_on: z.array(z.enum(["slack", "terminal"])),
    may_decide: z.array(z.string()),
    comment_ids: z.array(z.string()),
    note: z.string(),
    next: z.array(z.string()),
  }),
});

type Deps = Pick<
  CatalogDeps,
  "approvals" | "people" | "runs" | "workspace" | "events" | "commands"
>;
type Found = Awaited<ReturnType<typeof findApproval>>;
type Input = z.output<typeof approvalRequestDecision.input>;

const DECIDING = new Set(["ApprovalApproved", "ApprovalRejected", "ApprovalChangesRequested"]);
const MAX_EVENTS = 10_000;

/** Who made the decision and on which surface; null for what time or changed bytes ended. */
const deciderOf = async ({ events }: Deps, { approvalId, runId }: Found) => {
  const found = (await events.since(runId, 0, MAX_EVENTS)).findLast(
    ({ body }) => DECIDING.has(body.type) && "approvalId" in body && body.approvalId === approvalId,
  );
  return found === undefined ? null : found.actor;
};

const commentOf = (key: string, at: number, comment: Input["comments"][number]): Comment => ({
  id: stableId(key, at),
  file: comment.file ?? null,
  line: comment.line ?? null,
  severity: comment.severity,
  text: comment.text,
  from: "assistant",
});

const file = async ({ commands }: Deps, found: Found, input: Input, call: Call) => {
  const comments = input.comments.map((comment, at) => commentOf(call.key, at, comment));
  for (const [at, comment] of comments.entries()) {
    const done = await commands.dispatch({
      key: `${call.key}/comment/${at}`,
      runId: found.runId,
      actor: call.actor,
      body: { type: "AddComment", comment },
    });
    if (!done.ok) throw refuse(done.rejection);
  }
  return comments.map((comment) => comment.id);
};

const decided = async (deps: Deps, found: Found) => {
  const actor = await deciderOf(deps, found);
  return {
    status: found.status,
    ...(actor?.person ? { decided_by: actor.person, surface: actor.via } : {}),
    asked_on: [],
    may_decide: [],
    comment_ids: [],
    note: "This is decided; nothing was sent.",
    next: ["run_wait"],
  };
};

export const createApprovalRequestDecision =
  (deps: Deps): Handler<typeof approvalRequestDecision> =>
  async (input, call) => {
    const { approvals, people, runs, workspace } = deps;
    const found = await findApproval(approvals, runs, input.approval_id);
    const { approvalId, revision, runId } = found;
    const which = { approval_id: approvalId, run: found.runName, run_id: runId };
    if (!takesVotes(found)) return { ...which, ...(await decided(deps, found)) };
    const ids = await file(deps, found, input, call);
    const shown = await workspace.askForDecision(
      { approvalId, revision, runId, note: input.recommendation },
      call.actor,
      call.key,
    );
    return {
      ...which,
      status: found.status,
      asked_on: [shown ? "slack" : "terminal"],
      may_decide: [...mayDecide(found, await people.list())],
      comment_ids: ids,
      note: "People decide this. Nothing an assistant does moves the run on until then.",
      next: ["run_wait"],
    };
  };
