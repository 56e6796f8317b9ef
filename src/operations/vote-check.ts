import { z } from "zod";
import { takesVotes } from "../engine/holds.ts";
import type { ApprovalState, RunState } from "../engine/state.ts";
import { eligible } from "../engine/voting.ts";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { AccountKind, mustBeFullAccount } from "./full-account.ts";
import { findApproval } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/**
 * Whether the caller may vote in an approval now, and for whom; asked before a form is shown. The vote itself is checked again.
 * Throws CLOSED, and NOT_AN_APPROVER or SELF_APPROVAL with who may instead, which stand in the audit log as refused writes do.
 */
export const voteCheck = defineOperation({
  name: "vote_check",
  title: "May I decide this?",
  description: "Whether the caller may decide an approval, and for whom.",
  scope: "pipeline:approve",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({ approval: z.string(), account: AccountKind.optional() }),
  output: z.strictObject({
    approval_id: z.string(),
    /** The caller and those who delegated to the caller, as far as each may vote. */
    voters: z.array(z.strictObject({ id: z.string(), name: z.string() })).min(1),
    owner: z.boolean(),
  }),
});

type Deps = Pick<CatalogDeps, "approvals" | "runs" | "people" | "nowMs">;
type Everyone = Awaited<ReturnType<Deps["people"]["list"]>>;

const delegators = (state: RunState, person: string, nowMs: number): readonly string[] =>
  state.delegations
    .filter((one) => one.to === person && one.untilMs > nowMs)
    .map((one) => one.person);

const isSelf = (state: RunState, approval: ApprovalState, ids: readonly string[]): boolean =>
  !approval.policy.selfApproval && ids.some((id) => state.involved.includes(id));

const GROUP = /^group:/;

/** Groups that the policy names and in which nobody here is, because they are empty or Slack does not list them. */
const emptyGroups = ({ roles }: ApprovalState["policy"], everyone: Everyone): string => {
  const empty = roles.filter(
    (role) => GROUP.test(role) && !everyone.some((person) => person.roles.includes(role)),
  );
  if (empty.length === 0) return "";
  const ids = empty.map((role) => role.replace(GROUP, "")).join(", ");
  return `; user group ${ids} counts as empty: it has no members with a name here, or Slack does not list it`;
};

export const createVoteCheck =
  ({ approvals, nowMs, people, runs }: Deps): Handler<typeof voteCheck> =>
  async ({ account, approval: ref }, { actor }) => {
    const approval = await findApproval(approvals, runs, ref);
    const [state, everyone] = await Promise.all([runs.state(approval.runId), people.list()]);
    const nameOf = (id: string) => everyone.find((one) => one.id === id)?.name ?? id;
    mustBeFullAccount(approval, actor.person, account);
    const may = eligible(approval.policy, approval.level, everyone);
    const person = actor.person ?? "";
    const entitled = [person, ...delegators(state, person, nowMs())].filter((id) =>
      may.includes(id),
    );
    const voters = entitled.filter((id) => !isSelf(state, approval, [id, person]));
    if (!takesVotes(approval))
      throw new UserInputError("CLOSED", `this approval is ${approval.status}`, {
        next: "approvals_list",
      });
    if (voters.length === 0) {
      const others = may.filter((id) => !isSelf(state, approval, [id])).map(nameOf);
      const whom = others.join(", ") || approval.policy.owner || "whoever claims this home";
      const next = `ask ${whom}${emptyGroups(approval.policy, everyone)}`;
      throw entitled.length === 0
        ? new UserInputError("NOT_AN_APPROVER", "you may not decide this", { next })
        : new UserInputError(
            "SELF_APPROVAL",
            "you started or changed this run, so you cannot decide on it",
            { next },
          );
    }
    return {
      approval_id: approval.approvalId,
      voters: voters.map((id) => ({ id, name: nameOf(id) })),
      owner: person !== "" && person === approval.policy.owner,
    };
  };
