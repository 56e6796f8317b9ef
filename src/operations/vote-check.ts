import { z } from "zod";
import { takesVotes } from "../engine/holds.ts";
import type { ApprovalState, RunState } from "../engine/state.ts";
import { eligible } from "../engine/voting.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findApproval } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

const Person = z.strictObject({ id: z.string(), name: z.string() });

/**
 * Whether the caller may vote in an approval now, and for whom; asked before a form is shown. Who may not is written to the
 * audit log. The vote itself is checked again. Throws APPROVAL_NOT_FOUND.
 */
export const voteCheck = defineOperation({
  name: "vote_check",
  title: "May I decide this?",
  description: "Whether the caller may decide an approval, for whom, and who else may.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ approval: z.string() }),
  output: z.strictObject({
    approval_id: z.string(),
    takes_votes: z.boolean(),
    /** The caller and those who delegated to the caller, as far as each may vote. */
    voters: z.array(Person),
    refused: z.enum(["NOT_AN_APPROVER", "SELF_APPROVAL"]).optional(),
    /** Who may decide instead. */
    ask: z.array(Person),
    owner: z.boolean(),
  }),
});

type Deps = Pick<CatalogDeps, "approvals" | "runs" | "people" | "nowMs" | "refusals">;

const delegators = (state: RunState, person: string, nowMs: number): readonly string[] =>
  state.delegations
    .filter((one) => one.to === person && one.untilMs > nowMs)
    .map((one) => one.person);

const isSelf = (state: RunState, approval: ApprovalState, ids: readonly string[]): boolean =>
  !approval.policy.selfApproval && ids.some((id) => state.involved.includes(id));

export const createVoteCheck =
  ({ approvals, nowMs, people, refusals, runs }: Deps): Handler<typeof voteCheck> =>
  async ({ approval: ref }, { actor }) => {
    const approval = await findApproval(approvals, runs, ref);
    const [state, everyone] = await Promise.all([runs.state(approval.runId), people.list()]);
    const may = eligible(approval.policy, approval.level, everyone);
    const person = actor.person ?? "";
    const named = (id: string) => ({
      id,
      name: everyone.find((one) => one.id === id)?.name ?? id,
    });
    const entitled = [person, ...delegators(state, person, nowMs())].filter((id) =>
      may.includes(id),
    );
    const voters = entitled.filter((id) => !isSelf(state, approval, [id, person]));
    const refused = entitled.length === 0 ? "NOT_AN_APPROVER" : "SELF_APPROVAL";
    const allowed = actor.model ? [] : voters;
    if (allowed.length === 0 && takesVotes(approval)) {
      await refusals.note({
        actor,
        runId: approval.runId,
        action: `${refused}.click`,
        subject: approval.approvalId,
        nowMs: nowMs(),
      });
    }
    return {
      approval_id: approval.approvalId,
      takes_votes: takesVotes(approval),
      voters: allowed.map(named),
      ...(allowed.length === 0 ? { refused } : {}),
      ask: may.filter((id) => !isSelf(state, approval, [id])).map(named),
      owner: person !== "" && person === approval.policy.owner,
    };
  };
