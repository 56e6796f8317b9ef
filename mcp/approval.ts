import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { ApprovalState, RunState } from "../src/engine/state.ts";
import { isProductError } from "../src/lib/errors.ts";
import { canonicalJson, sha256 } from "../src/lib/hash.ts";
import { MICRO_PER_USD } from "../src/lib/money.ts";
import { mayDecide } from "../src/operations/approvals-list.ts";
import { findApproval } from "../src/operations/lookup.ts";
import type { PeopleReader } from "../src/operations/ports.ts";
import type { CallDeps } from "./call.ts";
import type { Caller } from "./caller.ts";
import type { Reads } from "./reads.ts";
import { success, translate } from "./results.ts";

export interface ApprovalDeps extends CallDeps {
  readonly reads: Reads;
  readonly people: PeopleReader;
  /** Whether votes need the one-time code that Slack sends. */
  readonly slackOn: () => Promise<boolean>;
  /** Signs what a form was asked about, for this caller and method; the same in all processes of the home. */
  readonly mint: (asked: Asked, context: ServerContext) => Promise<string>;
}

/** What a form is about: bound to whoever was shown it and to the bytes that were shown. */
export interface Asked {
  readonly approval_id: string;
  readonly manifest: string;
  readonly person: string;
}

const FORM = "vote";

/** Flat, as forms must be. Nothing in it comes from a model. */
const Vote = z.object({
  decision: z.enum(["approve", "request_changes", "reject"]).describe("Your decision"),
  note: z.string().max(2000).optional().describe("What must change, or why"),
});
const VoteWithCode = Vote.extend({
  code: z
    .string()
    .max(40)
    .optional()
    .describe("The one-time code that Slack sent you; without it the vote may not count"),
});

type Approval = ApprovalState & { readonly runId: string; readonly runName: string };

/** Only what was declared counts: an empty declaration means forms, one that names addresses alone does not. */
const canShowForm = (mcp: McpServer, context: ServerContext): boolean => {
  const envelope = context.mcpReq.envelope as
    | Readonly<Record<string, ClientCapabilities | undefined>>
    | undefined;
  const declared = envelope
    ? envelope[CLIENT_CAPABILITIES_META_KEY]
    : mcp.server.getClientCapabilities();
  const form = declared?.elicitation;
  return form !== undefined && ("form" in form || Object.keys(form).length === 0);
};

/** Whether policy, risk and person allow that a person answers this in an assistant's form. The engine judges it again. */
const mayAnswer = async (
  { people }: ApprovalDeps,
  approval: Approval,
  state: RunState,
  caller: Caller,
): Promise<boolean> => {
  const { person } = caller.actor;
  const { policy, risk } = approval;
  if (person === null || !caller.proved || !policy.assistantForms || risk === "high") return false;
  if (approval.kind !== "handoff" || approval.manifestHash === null) return false;
  if (!policy.selfApproval && state.involved.includes(person)) return false;
  return mayDecide(approval, await people.list()).includes(person);
};

/** From the engine's own fields alone: no word of an assistant, a specialist or the data reaches the person's form. */
const messageOf = (approval: Approval, state: RunState): string => {
  const counts = Object.values(state.steps)
    .filter((step) => step.step.phase === approval.phase)
    .map((step) => step.counts);
  const sum = (key: "block" | "warn") =>
    counts.reduce((total, one) => total + (one?.[key] ?? 0), 0);
  return [
    `Decide handoff ${approval.phase} of ${approval.runName}.`,
    `Risk ${approval.risk}. Findings: ${sum("block")} blocking, ${sum("warn")} warnings.`,
    `Spent so far: $${(state.spent.microUsd / MICRO_PER_USD).toFixed(2)}.`,
    `You sign manifest ${approval.manifestHash}.`,
    "Read the evidence in Slack or with mlpipeline show first. Closing this form decides nothing.",
  ].join(" ");
};

type Input = Readonly<Record<string, unknown>>;
type Result = CallToolResult | InputRequiredResult;

/** Answers `approval_request_decision`: `ask` has put it before people; a form is shown only where everything allows it. */
export type RequestDecision = (
  mcp: McpServer,
  input: Input,
  caller: Caller,
  context: ServerContext,
  ask: () => Promise<CallToolResult>,
) => Promise<Result>;

const showForm = async (
  deps: ApprovalDeps,
  approval: Approval,
  state: RunState,
  caller: Caller,
  context: ServerContext,
): Promise<InputRequiredResult> => {
  const asked = {
    approval_id: approval.approvalId,
    manifest: approval.manifestHash ?? "",
    person: caller.actor.person ?? "",
  };
  return inputRequired({
    inputRequests: {
      [FORM]: inputRequired.elicit({
        message: messageOf(approval, state),
        requestedSchema: (await deps.slackOn()) ? VoteWithCode : Vote,
      }),
    },
    requestState: await deps.mint(asked, context),
  });
};

/** The vote as the person cast it in the form, for exactly the bytes that were shown. */
const cast = async (
  deps: ApprovalDeps,
  approval: Approval,
  asked: Asked,
  vote: z.infer<typeof VoteWithCode>,
  caller: Caller,
): Promise<void> => {
  const { code, decision, note } = vote;
  const input = {
    approval: approval.approvalId,
    decision,
    manifest: asked.manifest,
    ...(note ? { comments: [{ severity: "must", text: note }] } : {}),
    ...(code ? { code } : {}),
  };
  const body = sha256(canonicalJson(input));
  const key = `vote/${approval.approvalId}/${approval.revision}/${asked.person}/${body}`;
  await deps.operations
    .get("approval_vote")
    ?.run(input, { actor: { ...caller.actor, model: false }, key });
};

/** Declined, cancelled, invalid, or a form about something else: it stays open, and nothing is a rejection. */
const unanswered = (approval: Approval): CallToolResult =>
  success({
    approval_id: approval.approvalId,
    run: approval.runName,
    run_id: approval.runId,
    status: approval.status,
    asked_on: [],
    may_decide: [],
    comment_ids: [],
    note: "The form was not answered. The approval stays as it is.",
    next: ["run_wait"],
  });

const takesVotes = ({ status }: Approval): boolean => status === "open" || status === "escalated";

/** The form where everything allows one, else what `ask` said. */
const offerForm = async (
  deps: ApprovalDeps,
  approval: Approval,
  caller: Caller,
  context: ServerContext,
  result: CallToolResult,
): Promise<Result> => {
  const state = await deps.reads.runs.state(approval.runId);
  return takesVotes(approval) && (await mayAnswer(deps, approval, state, caller))
    ? showForm(deps, approval, state, caller, context)
    : result;
};

const takeAnswer = async (
  deps: ApprovalDeps,
  approval: Approval,
  caller: Caller,
  { mcpReq }: ServerContext,
  ask: () => Promise<CallToolResult>,
): Promise<CallToolResult> => {
  const asked = mcpReq.requestState<Asked | undefined>();
  const vote = acceptedContent(mcpReq.inputResponses, FORM, VoteWithCode);
  const mine = asked?.approval_id === approval.approvalId && asked.person === caller.actor.person;
  if (vote === undefined || asked === undefined || !mine) return unanswered(approval);
  await cast(deps, approval, asked, vote, caller);
  return ask();
};

/** Makes the surface's half of `approval_request_decision`. The model's own call never carries a decision. */
export const createRequestDecision =
  (deps: ApprovalDeps): RequestDecision =>
  async (mcp, input, caller, context, ask) => {
    const { approvals, runs } = deps.reads;
    const find = () => findApproval(approvals, runs, String(input.approval_id));
    try {
      if (inputResponse(context.mcpReq.inputResponses, FORM).kind !== "missing")
        return await takeAnswer(deps, await find(), caller, context, ask);
      const result = await ask();
      if (result.isError === true || !canShowForm(mcp, context)) return result;
      return await offerForm(deps, await find(), caller, context, result);
    } catch (error) {
      // Somebody was faster elsewhere: the answer says who, where and how.
      if (isProductError(error) && error.code === "CLOSED") return ask();
      return translate(error, "approval_request_decision", deps);
    }
  };
