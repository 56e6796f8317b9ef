import type { ResolvedPolicy } from "../engine/policy.ts";
import { type PolicyLevel, resolvePolicy } from "../engine/resolve-policy.ts";
import { canonicalJson, sha256 } from "../lib/hash.ts";
import type { Policy, PolicyRules } from "../spec/config.ts";
import type { Json, PersonRow } from "../store/rows.ts";

const HOUR_MS = 3_600_000;

/** The rules of a policy file as a level of the engine's policy: only what they state. */
export const levelOf = (rules: PolicyRules | undefined): PolicyLevel => {
  const level = {
    roles: rules?.roles,
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

/**
 * The policy in force for each phase ("phase.1" …) and kind ("budget", "release"): default, then the more specific level.
 * Without an owner nobody can decide, which is what an unclaimed home means. Self-approval is allowed while one person is
 * configured, because nobody else could decide at all.
 */
export const resolvePolicies = (
  policy: Policy,
  people: readonly PersonRow[],
  ownerSetting: Json,
): Readonly<Record<string, ResolvedPolicy>> => {
  const owner = policy.owner ?? (typeof ownerSetting === "string" ? ownerSetting : "");
  const version = sha256(canonicalJson({ policy, owner })).slice(0, 12);
  const base = baseOf(owner, people.length <= 1, version);
  const at = (rules: PolicyRules | undefined) =>
    resolvePolicy(base, [levelOf(policy.default), levelOf(rules)]);
  return {
    "phase.1": at(policy.phases["1"]),
    "phase.2": at(policy.phases["2"]),
    "phase.3": at(policy.phases["3"]),
    "phase.4": at(policy.phases["4"]),
    budget: at(policy.kinds.budget),
    release: at(policy.kinds.release),
  };
};
