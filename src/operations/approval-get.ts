import { z } from "zod";
import type { ApprovalState, RunState, VoteState } from "../engine/state.ts";
import { MICRO_PER_USD } from "../lib/money.ts";
import { mayDecide } from "./approvals-list.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findApproval, findRun } from "./lookup.ts";
import type { CatalogDeps, EventReader } from "./ports.ts";
import { present } from "./present.ts";

const Person = z.strictObject({ id: z.string(), name: z.string() });

const Vote = z.strictObject({
  person: z.string(),
  on_behalf_of: z.string().optional(),
  decision: z.string(),
  note: z.string(),
  attested: z.string(),
  at: z.string(),
  raise_to: z.number().optional(),
});

const Ask = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("budget"),
    scope: z.string(),
    need: z.number(),
    have: z.number(),
  }),
  z.strictObject({ kind: z.literal("release"), action: z.string(), ref: z.string() }),
]);

/** One approval of any kind and state: who may decide, who did and how they were proved. Throws APPROVAL_NOT_FOUND. */
export const approvalGet = defineOperation({
  name: "approval_get",
  title: "One approval",
  description: "One approval of any kind and state: who may decide, votes with notes, deadline.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ approval: z.string() }),
  output: z.strictObject({
    approval_id: z.string(),
    kind: z.enum(["handoff", "budget", "release"]),
    run: z.string(),
    run_id: z.string(),
    phase: z.int().optional(),
    status: z.string(),
    open: z.boolean(),
    risk: z.string(),
    revision: z.int(),
    manifest: z.string().optional(),
    policy_version: z.string(),
    owner: z.string(),
    quorum: z.int(),
    may_decide: z.array(Person),
    /** User groups that the policy names, whose members of now are among them. */
    groups: z.array(z.string()),
    /** Those of them whose vote is still missing, without the people involved where policy forbids self-approval. */
    still_to_vote: z.array(Person),
    votes: z.array(Vote),
    below_level: z.array(z.string()),
    waived: z.boolean(),
    /** Escalations so far; 0: none. */
    level: z.int(),
    opened_at: z.string(),
    expires_at: z.string(),
    decided_at: z.string().optional(),
    voided_because: z.string().optional(),
    /** The approval that took this one's place. */
    replaced_by: z.string().optional(),
    ask: Ask.optional(),
    spent_usd: z.number(),
    log_head: z.string(),
  }),
});

type Everyone = readonly {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}[];

const named = (everyone: Everyone, id: string) => ({
  id,
  name: everyone.find((person) => person.id === id)?.name ?? id,
});

const isUsd = (approval: ApprovalState): boolean =>
  approval.ask?.kind === "budget" && approval.ask.scope.endsWith(".usd");

/** Amounts of money in USD, tokens and milliseconds as they are. */
const amount = (approval: ApprovalState, value: number): number =>
  isUsd(approval) ? value / MICRO_PER_USD : value;

const askOf = (approval: ApprovalState): z.infer<typeof Ask> | null => {
  const { ask } = approval;
  if (ask === null) return null;
  return ask.kind === "budget"
    ? {
        kind: "budget",
        scope: ask.scope,
        need: amount(approval, ask.need),
        have: amount(approval, ask.have),
      }
    : { kind: "release", action: ask.action, ref: ask.ref };
};

const voteOf = (approval: ApprovalState, vote: VoteState, everyone: Everyone) => ({
  person: named(everyone, vote.person).name,
  ...(vote.onBehalfOf === null ? {} : { on_behalf_of: named(everyone, vote.onBehalfOf).name }),
  decision: vote.decision,
  note: vote.comments.map((comment) => comment.text).join(" · "),
  attested: vote.attested,
  at: new Date(vote.at).toISOString(),
  ...(vote.raiseTo === null ? {} : { raise_to: amount(approval, vote.raiseTo) }),
});

const MAX_EVENTS = 10_000;

const voidReason = async (
  events: EventReader,
  { approvalId, runId, status }: ApprovalState & { readonly runId: string },
): Promise<string | null> => {
  if (status !== "voided") return null;
  const found = (await events.since(runId, 0, MAX_EVENTS)).findLast(
    ({ body }) => body.type === "ApprovalVoided" && body.approvalId === approvalId,
  );
  return found?.body.type === "ApprovalVoided" ? found.body.why : null;
};

const replacement = (state: RunState, approval: ApprovalState): string | null => {
  if (approval.kind !== "handoff") return null;
  const next = Object.values(state.approvals).find(
    (one) => one.phase === approval.phase && one.revision === approval.revision + 1,
  );
  return next?.approvalId ?? null;
};

const stillToVote = (state: RunState, approval: ApprovalState, may: readonly string[]) => {
  const voted = approval.votes.map((vote) => vote.onBehalfOf ?? vote.person);
  return may.filter(
    (id) => !voted.includes(id) && (approval.policy.selfApproval || !state.involved.includes(id)),
  );
};

const GROUP = "group:";
const groupsOf = ({ policy }: ApprovalState): string[] =>
  policy.roles.filter((role) => role.startsWith(GROUP)).map((role) => role.slice(GROUP.length));

type Deps = Pick<CatalogDeps, "approvals" | "runs" | "people" | "events">;

export const createApprovalGet =
  ({ approvals, events, people, runs }: Deps): Handler<typeof approvalGet> =>
  async ({ approval: ref }) => {
    const found = await findApproval(approvals, runs, ref);
    const [run, state, everyone] = await Promise.all([
      findRun(runs, found.runId),
      runs.state(found.runId),
      people.list(),
    ]);
    const may = mayDecide(found, everyone);
    return {
      approval_id: found.approvalId,
      kind: found.kind,
      run: found.runName,
      run_id: found.runId,
      status: found.status,
      open: found.status === "open" || found.status === "escalated",
      risk: found.risk,
      revision: found.revision,
      policy_version: found.policy.version,
      owner: found.policy.owner,
      quorum: found.policy.quorum,
      may_decide: may.map((id) => named(everyone, id)),
      groups: groupsOf(found),
      still_to_vote: stillToVote(state, found, may).map((id) => named(everyone, id)),
      votes: found.votes.map((vote) => voteOf(found, vote, everyone)),
      below_level: found.waived ? [] : [...found.belowLevel],
      waived: found.waived,
      level: found.level,
      opened_at: new Date(found.openedAtMs).toISOString(),
      expires_at: new Date(found.deadlineMs).toISOString(),
      ...present({
        phase: found.phase,
        manifest: found.manifestHash,
        decided_at: found.decidedAtMs === null ? null : new Date(found.decidedAtMs).toISOString(),
        voided_because: await voidReason(events, found),
        replaced_by: replacement(state, found),
        ask: askOf(found),
      }),
      spent_usd: state.spent.microUsd / MICRO_PER_USD,
      log_head: run.headHash,
    };
  };
