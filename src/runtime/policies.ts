import type { ResolvedPolicy } from "../engine/policy.ts";
import { canonicalJson, sha256 } from "../lib/hash.ts";
import type { Policy, PolicyRules } from "../spec/config.ts";
import type { Json, PersonRow } from "../store/rows.ts";

const HOUR_MS = 3_600_000;

const DEFAULT_LEVELS = { training: "executed", tests: "executed", else: "parsed" } as const;

const merge = (...levels: readonly (PolicyRules | undefined)[]): PolicyRules =>
  Object.assign({}, ...levels.map((level) => level ?? {}));

const resolve = (
  rules: PolicyRules,
  owner: string,
  onePerson: boolean,
  version: string,
): ResolvedPolicy => ({
  version,
  owner,
  roles: rules.roles ?? [],
  people: rules.people ?? [],
  quorum: rules.quorum ?? 1,
  distinctRoles: rules.distinct_roles ?? false,
  selfApproval: rules.self_approval ?? onePerson,
  risk: rules.risk ?? null,
  assistantForms: rules.assistant_forms === "on",
  minLevel: { ...DEFAULT_LEVELS, ...rules.min_level },
  deadlineMs: rules.deadline ?? 24 * HOUR_MS,
  reminders: rules.reminders ?? [4 * HOUR_MS],
  escalateTo: rules.escalate_to ?? [],
  unattested: rules.unattested ?? "deny",
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
  const one = people.length <= 1;
  const at = (rules: PolicyRules | undefined) =>
    resolve(merge(policy.default, rules), owner, one, version);
  return {
    "phase.1": at(policy.phases["1"]),
    "phase.2": at(policy.phases["2"]),
    "phase.3": at(policy.phases["3"]),
    "phase.4": at(policy.phases["4"]),
    budget: at(policy.kinds.budget),
    release: at(policy.kinds.release),
  };
};
