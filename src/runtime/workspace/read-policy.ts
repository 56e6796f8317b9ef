import type { ResolvedPolicy } from "../../engine/policy.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { PolicyRules, RoleScope } from "../../spec/config.ts";
import { specPolicy } from "../context.ts";
import { OWNER_SETTING } from "../people.ts";
import { resolvePolicies } from "../policies.ts";
import { rolesInForce } from "./access.ts";
import { listWithGroups } from "./groups.ts";
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

const pipelineOf = async ({ store }: WorkspaceDeps, name: string | null) => {
  if (name === null) return null;
  const found = await store.pipelines.find(name);
  if (found !== null) return found;
  const known = (await store.pipelines.list()).map((one) => one.name);
  throw new UserInputError("PIPELINE_NOT_FOUND", `no pipeline is called "${name}"`, {
    next: known.length > 0 ? `one of ${known.join(", ")}` : "start one with run_start",
  });
};

/** Reads the policy in force, for one pipeline with what its own spec tightens. UserInputError PIPELINE_NOT_FOUND. */
export const readPolicy = async (
  deps: WorkspaceDeps,
  pipeline: string | null,
): Promise<PolicyView> => {
  const { config, store } = deps;
  const stored = await store.settings.get(POLICY_SETTING);
  const policy = mergePolicy(config.policy, stored);
  const people = (await listWithGroups(deps)).filter((person) => person.active);
  const spec = specPolicy((await pipelineOf(deps, pipeline))?.spec);
  const owner = await store.settings.get(OWNER_SETTING);
  const resolved = resolvePolicies(policy, people, owner, spec);
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
