import type { ResolvedPolicy } from "../../engine/policy.ts";
import type { PolicyRules, RoleScope } from "../../spec/config.ts";
import { OWNER_SETTING } from "../people.ts";
import { resolvePolicies } from "../policies.ts";
import { rolesInForce } from "./access.ts";
import type { WorkspaceDeps } from "./identity.ts";
import {
  fixedKeys,
  levelNames,
  mergePolicy,
  POLICY_SETTING,
  type PolicyLevelName,
  rulesAt,
  storedPolicy,
} from "./policy-settings.ts";

/** The policy as people read it: what each level states, which keys the file fixes there, and what it all comes to. */
export interface PolicyView {
  readonly version: string;
  readonly owner: string;
  readonly ownerFixed: boolean;
  readonly levels: readonly {
    readonly level: PolicyLevelName;
    readonly rules: PolicyRules;
    readonly fixed: readonly string[];
  }[];
  readonly resolved: Readonly<Record<string, ResolvedPolicy>>;
  readonly roles: readonly {
    readonly role: string;
    readonly scopes: readonly RoleScope[];
    readonly fixed: boolean;
  }[];
}

/** Reads the policy in force. */
export const readPolicy = async (
  deps: WorkspaceDeps,
  _pipeline: string | null,
): Promise<PolicyView> => {
  const { config, store } = deps;
  const stored = await store.settings.get(POLICY_SETTING);
  const policy = mergePolicy(config.policy, stored);
  const people = (await store.people.list()).filter((person) => person.active);
  const resolved = resolvePolicies(policy, people, await store.settings.get(OWNER_SETTING));
  const first = Object.values(resolved)[0];
  const roles = await rolesInForce(deps);
  return {
    version: first?.version ?? "",
    owner: first?.owner ?? "",
    ownerFixed: config.policy.owner !== undefined,
    levels: levelNames(config.policy, storedPolicy(stored)).map((level) => ({
      level,
      rules: rulesAt(policy, level),
      fixed: fixedKeys(config.policy, level),
    })),
    resolved,
    roles: Object.entries(roles).map(([role, scopes]) => ({
      role,
      scopes,
      fixed: role in config.roles,
    })),
  };
};
