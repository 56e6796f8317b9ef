import type { Attested } from "./command.ts";
import type { Context, PersonRoles } from "./context.ts";
import { covers } from "./distinct-roles.ts";
import type { ResolvedPolicy } from "./policy.ts";
import type { ApprovalState, RunState, VoteState } from "./state.ts";

type Risk = "low" | "medium" | "high";

const DAY_MS = 86_400_000;

/** The policy where none was given: nobody but the owner of any other, fail closed. */
export const ownerPolicy = (context: Context): ResolvedPolicy => ({
  version: "none",
  owner: Object.values(context.policies)[0]?.owner ?? "",
  roles: [],
  people: [],
  quorum: 1,
  distinctRoles: false,
  selfApproval: false,
  risk: null,
  assistantForms: false,
  minLevel: { training: "executed", tests: "executed", else: "parsed" },
  deadlineMs: DAY_MS,
  reminders: [],
  escalateTo: [],
  unattested: "deny",
  environment: null,
});

const RISKS: readonly Risk[] = ["low", "medium", "high"];
const PHASE_RISK: Readonly<Record<number, Risk>> = { 1: "low", 2: "medium", 3: "high", 4: "high" };

const ownRisk = (kind: ApprovalState["kind"], phase: number | null): Risk => {
  if (kind === "budget") return "medium";
  return kind === "handoff" ? (PHASE_RISK[phase ?? 0] ?? "high") : "high";
};

/** Phase 1 low, phase 2 medium, phases 3 and 4 high, budget medium, release and anything else high; policy may raise it. */
export const riskOf = (
  policy: ResolvedPolicy,
  kind: ApprovalState["kind"],
  phase: number | null,
): Risk => {
  const own = ownRisk(kind, phase);
  return policy.risk !== null && RISKS.indexOf(policy.risk) > RISKS.indexOf(own)
    ? policy.risk
    : own;
};

const namesApprovers = (policy: ResolvedPolicy): boolean =>
  policy.people.length > 0 || policy.roles.length > 0;

/**
 * Ids of the people who may vote: named, or with a named role; with nobody named the owner alone. Each escalation level adds its
 * people, so that no vote stops counting because time went by.
 */
export const eligible = (
  policy: ResolvedPolicy,
  level: number,
  people: readonly PersonRoles[],
): readonly string[] => {
  const escalated = policy.escalateTo.slice(0, level).flat();
  const owner = policy.owner === "" ? [] : [policy.owner];
  const named = people
    .filter(
      (person) =>
        policy.people.includes(person.id) ||
        person.roles.some((role) => policy.roles.includes(role)),
    )
    .map((person) => person.id);
  return [...new Set([...(namesApprovers(policy) ? named : owner), ...escalated])];
};

/**
 * Whether a vote that was proved like this counts. Slack's own and one with its code always. With Slack configured any other
 * counts neither where approvers are named nor ever for prod; without Slack it counts, for prod only where the policy allows it.
 */
export const countsAs = (
  policy: ResolvedPolicy,
  attested: Attested,
  slackConfigured: boolean,
): boolean => {
  if (attested === "slack" || attested === "code") return true;
  const prod = policy.environment === "prod";
  if (slackConfigured) return !prod && !namesApprovers(policy);
  return !prod || policy.unattested === "allow";
};

/** Votes that count now: of people still eligible, proved well enough. */
export const countable = (approval: ApprovalState, context: Context): readonly VoteState[] => {
  const may = eligible(approval.policy, approval.level, context.people);
  return approval.votes.filter(
    (vote) =>
      may.includes(vote.onBehalfOf ?? vote.person) &&
      countsAs(approval.policy, vote.attested, context.slackConfigured),
  );
};

const isQuorum = (
  voters: readonly string[],
  policy: ResolvedPolicy,
  people: readonly PersonRoles[],
): boolean =>
  (policy.distinctRoles ? covers(voters, policy.roles, people) : voters.length) >= policy.quorum;

export type Outcome = "approved" | "changes_requested" | "rejected" | "open";

/** What the countable votes come to: any reject, then any request, then a quorum of approvals (with distinct roles where asked). */
export const outcomeOf = (approval: ApprovalState, context: Context): Outcome => {
  const votes = countable(approval, context);
  if (votes.some((vote) => vote.decision === "reject")) return "rejected";
  if (votes.some((vote) => vote.decision === "request_changes")) return "changes_requested";
  const agreeing = agreement(approval, context);
  const voters = agreeing.map((vote) => vote.onBehalfOf ?? vote.person);
  return isQuorum(voters, approval.policy, context.people) ? "approved" : "open";
};

/** Approving votes that add up: all of them, for a budget the largest group that signed the same amount. */
const agreement = (approval: ApprovalState, context: Context): readonly VoteState[] => {
  const votes = countable(approval, context).filter((vote) => vote.decision === "approve");
  if (approval.kind !== "budget") return votes;
  const amounts = [...new Set(votes.map((vote) => vote.raiseTo))].filter((one) => one !== null);
  return amounts
    .map((amount) => votes.filter((vote) => vote.raiseTo === amount))
    .reduce((most, group) => (group.length > most.length ? group : most), []);
};

/** The amount that an approved budget approval is raised to: what its votes signed. Null when they signed none. */
export const agreedAmount = (approval: ApprovalState, context: Context): number | null =>
  agreement(approval, context)[0]?.raiseTo ?? null;

/**
 * True when the votes that would count can reach the quorum: enough eligible people besides those involved (or self-approval is
 * allowed), with a role each where roles must be distinct, and a way to prove a vote that this policy accepts.
 */
export const quorumReachable = (
  policy: ResolvedPolicy,
  involved: readonly string[],
  context: Pick<Context, "people" | "slackConfigured">,
): boolean => {
  const may = eligible(policy, 0, context.people).filter(
    (person) => policy.selfApproval || !involved.includes(person),
  );
  const provable = context.slackConfigured || countsAs(policy, "client", false);
  return provable && isQuorum(may, policy, context.people);
};

/** Whom a vote counts for: the voter, or the person who delegated to the voter until later than now. Null: no such delegation. */
export const voterFor = (
  state: RunState,
  person: string,
  onBehalfOf: string | undefined,
  nowMs: number,
): string | null => {
  if (onBehalfOf === undefined || onBehalfOf === person) return person;
  const delegated = state.delegations.some(
    (one) => one.person === onBehalfOf && one.to === person && one.untilMs > nowMs,
  );
  return delegated ? onBehalfOf : null;
};

/**
 * Ids of the people whose vote an approval still waits for: eligible now, not kept out for having started or changed the run, and
 * without a vote in it yet.
 */
export const mayStillVote = (
  state: RunState,
  approval: ApprovalState,
  context: Pick<Context, "people">,
): readonly string[] => {
  const voted = approval.votes.map((vote) => vote.onBehalfOf ?? vote.person);
  return eligible(approval.policy, approval.level, context.people).filter(
    (person) =>
      !voted.includes(person) && (approval.policy.selfApproval || !state.involved.includes(person)),
  );
};
