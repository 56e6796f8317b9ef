import type { ResolvedPolicy } from "./policy.ts";

/** What one level of the policy (default, phase, kind, environment) says; what it leaves out comes from the level before. */
export type PolicyLevel = Partial<Omit<ResolvedPolicy, "version" | "owner" | "environment">>;

/** The policy in force: the levels in their order (default < phase or kind < environment), the later one winning a field. */
export const resolvePolicy = (
  base: ResolvedPolicy,
  levels: readonly PolicyLevel[],
): ResolvedPolicy => ({
  ...Object.assign({}, base, ...levels),
  minLevel: Object.assign({}, base.minLevel, ...levels.map((level) => level.minLevel ?? {})),
});

const RISKS = ["low", "medium", "high"] as const;
const LEVELS = ["unverified", "parsed", "compiled", "executed"] as const;

const later = <T>(order: readonly T[], a: T, b: T): T =>
  order.indexOf(b) > order.indexOf(a) ? b : a;

const stricterLevels = (
  policy: ResolvedPolicy["minLevel"],
  asked: ResolvedPolicy["minLevel"],
): ResolvedPolicy["minLevel"] => {
  const of = (key: string) => policy[key] ?? policy.else ?? "parsed";
  const keys = [...new Set([...Object.keys(policy), ...Object.keys(asked)])];
  return Object.fromEntries(
    keys.map((key) => [key, later(LEVELS, of(key), asked[key] ?? asked.else ?? of(key))]),
  );
};

const narrowed = (
  policy: ResolvedPolicy,
  asked: PolicyLevel,
): Pick<ResolvedPolicy, "people" | "roles"> => {
  const people = policy.people.filter((one) => asked.people?.includes(one) ?? true);
  const roles = policy.roles.filter((one) => asked.roles?.includes(one) ?? true);
  // Naming nobody would hand the decision to the owner, whom the policy may not have named: then nothing is narrowed.
  return people.length + roles.length === 0
    ? { people: policy.people, roles: policy.roles }
    : { people, roles };
};

/**
 * The policy after a pipeline's own spec had its say, which may only tighten: more votes, fewer people, higher levels and risk,
 * a shorter deadline. What would loosen it is ignored; reminders and escalation stay the workspace's.
 */
export const tightenPolicy = (policy: ResolvedPolicy, asked: PolicyLevel): ResolvedPolicy => ({
  ...policy,
  ...narrowed(policy, asked),
  quorum: Math.max(policy.quorum, asked.quorum ?? 0),
  distinctRoles: policy.distinctRoles || (asked.distinctRoles ?? false),
  selfApproval: policy.selfApproval && (asked.selfApproval ?? true),
  assistantForms: policy.assistantForms && (asked.assistantForms ?? true),
  risk: asked.risk == null ? policy.risk : later(RISKS, policy.risk ?? "low", asked.risk),
  minLevel: stricterLevels(policy.minLevel, asked.minLevel ?? {}),
  deadlineMs: Math.min(policy.deadlineMs, asked.deadlineMs ?? policy.deadlineMs),
  unattested: asked.unattested === "deny" ? "deny" : policy.unattested,
});
