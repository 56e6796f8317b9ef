import type { PersonRoles } from "../engine/context.ts";
import type { ResolvedPolicy } from "../engine/policy.ts";
import { type PolicyLevel, resolvePolicy, tightenPolicy } from "../engine/resolve-policy.ts";
import { eligible } from "../engine/voting.ts";
import { canonicalJson, sha256 } from "../lib/hash.ts";
import type { Policy, PolicyRules } from "../spec/config.ts";
import type { Json, PersonRow } from "../store/rows.ts";

const HOUR_MS = 3_600_000;

/** The role that stands for the members of a Slack user group; no role of a file can be called so. */
export const groupRole = (group: string): string => `group:${group}`;

const rolesOf = (rules: PolicyRules | undefined): readonly string[] | undefined =>
  rules?.groups === undefined
    ? rules?.roles
    : [...(rules.roles ?? []), ...rules.groups.map(groupRole)];

/** The rules of a policy file as a level of the engine's policy: only what they state. */
const levelOf = (rules: PolicyRules | undefined): PolicyLevel => {
  const level = {
    roles: rolesOf(rules),
    people: rules?.people,
    quorum: rules?.quorum,
    distinctRoles: rules?.distinct_roles,
    selfApproval: rules?.self_approval,
    risk: rules?.risk,
    assistantForms:
      rules?.assistant_forms === undefined ? undefined : rules.assistant_forms === "on",
    minLevel: rules?.min_level,
    deadlineMs: rules?.deadline,
    reminders: rules?.reminders,
    escalateTo: rules?.escalate_to,
    unattested: rules?.unattested,
  };
  return Object.fromEntries(Object.entries(level).filter(([, value]) => value !== undefined));
};

const baseOf = (owner: string, onePerson: boolean, version: string): ResolvedPolicy => ({
  version,
  owner,
  roles: [],
  people: [],
  quorum: 1,
  distinctRoles: false,
  selfApproval: onePerson,
  risk: null,
  assistantForms: false,
  minLevel: { training: "executed", tests: "executed", else: "parsed" },
  deadlineMs: 24 * HOUR_MS,
  reminders: [4 * HOUR_MS],
  escalateTo: [],
  unattested: "deny",
  environment: null,
});

/** Where a release is felt: promotion and rollback change what serves people, retraining only starts a run. */
const RELEASES_IN_PROD = ["release.promote", "release.rollback"];

// Two people look at what reaches production wherever two may decide it at all.
const prodQuorum = (release: ResolvedPolicy, people: readonly PersonRoles[]): PolicyLevel =>
  eligible(release, 0, people).length >= 2 ? { quorum: Math.max(2, release.quorum) } : {};

const prodPolicy = (
  release: ResolvedPolicy,
  rules: PolicyRules | undefined,
  people: readonly PersonRoles[],
): ResolvedPolicy => ({
  ...resolvePolicy(release, [prodQuorum(release, people), levelOf(rules)]),
  environment: "prod",
});

/**
 * The policy in force for each phase ("phase.1" …), kind ("budget", "release") and release into production: default, then the more
 * specific level, the environment last; `spec` is what the pipeline's own spec says and may only tighten. Without an owner nobody
 * can decide, which is what an unclaimed home means. Self-approval is allowed while one person is configured, because nobody else
 * could decide at all.
 */
export const resolvePolicies = (
  policy: Policy,
  people: readonly PersonRow[],
  ownerSetting: Json,
  spec?: PolicyRules,
): Readonly<Record<string, ResolvedPolicy>> => {
  const owner = policy.owner ?? (typeof ownerSetting === "string" ? ownerSetting : "");
  const version = sha256(canonicalJson({ policy, owner, ...(spec ? { spec } : {}) })).slice(0, 12);
  const base = baseOf(owner, people.length <= 1, version);
  const at = (rules: PolicyRules | undefined) =>
    resolvePolicy(base, [levelOf(policy.default), levelOf(rules)]);
  const release = at(policy.kinds.release);
  const prod = prodPolicy(release, policy.environments.prod, people);
  const resolved: Record<string, ResolvedPolicy> = {
    "phase.1": at(policy.phases["1"]),
    "phase.2": at(policy.phases["2"]),
    "phase.3": at(policy.phases["3"]),
    "phase.4": at(policy.phases["4"]),
    budget: at(policy.kinds.budget),
    release,
    ...Object.fromEntries(RELEASES_IN_PROD.map((name) => [name, prod])),
  };
  if (spec === undefined) return resolved;
  const asked = levelOf(spec);
  return Object.fromEntries(
    Object.entries(resolved).map(([name, one]) => [name, tightenPolicy(one, asked)]),
  );
};
