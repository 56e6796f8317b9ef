import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { PolicyRules, RoleScope } from "../../spec/config.ts";
import { Roles } from "../../spec/config.ts";
import type { Loaded } from "../../store/port.ts";
import type { Json } from "../../store/rows.ts";
import { OWNER_SETTING } from "../people.ts";
import { ROLES_SETTING } from "./access.ts";
import { commitWorkspace, type WorkspaceDeps } from "./identity.ts";
import {
  fixedKeys,
  mergePolicy,
  POLICY_SETTING,
  type PolicyLevelName,
  rulesAt,
  storedPolicy,
  withRules,
} from "./policy-settings.ts";

/** What is to be changed: rules of one level (a key in `unset` is forgotten), scopes of roles, who owns the home. */
export interface PolicyChange {
  readonly level: PolicyLevelName;
  readonly rules: PolicyRules;
  readonly unset: readonly string[];
  readonly roles: Readonly<Record<string, readonly RoleScope[]>>;
  readonly owner?: string;
}

/** What would let less proof or fewer eyes pass: the owner's to say, not an admin's. */
const OWNERS_KEYS = ["unattested", "self_approval", "min_level", "risk", "assistant_forms"];

const fixed = (what: string): UserInputError =>
  new UserInputError("FILE_FIXED", `${what} is fixed by mlpipeline.yml`, {
    next: "the owner edits mlpipeline.yml and starts mlpipeline again",
  });

const mustBeAllowed = (
  deps: WorkspaceDeps,
  loaded: Loaded,
  change: PolicyChange,
  who: { readonly actor: Actor; readonly owner: string },
): void => {
  const keys = [...Object.keys(change.rules), ...change.unset];
  const stated = fixedKeys(deps.config.policy, change.level);
  const refused = keys.find((key) => stated.includes(key));
  if (refused !== undefined) throw fixed(`${refused} at ${change.level}`);
  const role = Object.keys(change.roles).find((name) => name in deps.config.roles);
  if (role !== undefined) throw fixed(`role ${role}`);
  if (change.owner !== undefined && deps.config.policy.owner !== undefined) throw fixed("owner");
  const owners = keys.find((key) => OWNERS_KEYS.includes(key));
  if ((owners !== undefined || change.owner !== undefined) && who.actor.person !== who.owner)
    throw new UserInputError("OWNER_ONLY", `only the owner changes ${owners ?? "the owner"}`, {
      next: `ask ${who.owner || "whoever claims this home"}`,
    });
  const people = loaded.reads.people().filter((person) => person.active);
  const named = [...(change.rules.people ?? []), ...(change.rules.escalate_to ?? []).flat()];
  const unknown = [...named, ...(change.owner === undefined ? [] : [change.owner])].find(
    (id) => !people.some((person) => person.id === id),
  );
  if (unknown !== undefined)
    throw new UserInputError("PERSON_NOT_FOUND", `nobody here is called ${unknown}`, {
      next: `one of ${people.map((person) => person.id).join(", ")}, or people_set first`,
    });
};

const without = (rules: PolicyRules, keys: readonly string[]): PolicyRules =>
  Object.fromEntries(Object.entries(rules).filter(([key]) => !keys.includes(key)));

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

const settingsAfter = (loaded: Loaded, change: PolicyChange) => {
  const levels = storedPolicy(loaded.reads.setting(POLICY_SETTING));
  const rules = { ...without(rulesAt(levels, change.level), change.unset), ...change.rules };
  const known = Roles.safeParse(loaded.reads.setting(ROLES_SETTING));
  const roles = { ...(known.success ? known.data : {}), ...change.roles };
  const rulesChange = Object.keys(change.rules).length + change.unset.length > 0;
  return [
    ...(rulesChange
      ? [{ key: POLICY_SETTING, value: asJson(withRules(levels, change.level, rules)) }]
      : []),
    ...(Object.keys(change.roles).length > 0 ? [{ key: ROLES_SETTING, value: asJson(roles) }] : []),
    ...(change.owner === undefined ? [] : [{ key: OWNER_SETTING, value: change.owner }]),
  ];
};

/**
 * Changes the policy for approvals that open later; those that are open keep theirs. UserInputError FILE_FIXED, OWNER_ONLY,
 * PERSON_NOT_FOUND.
 */
export const setPolicy = async (
  deps: WorkspaceDeps,
  change: PolicyChange,
  actor: Actor,
  key: string,
): Promise<void> => {
  await commitWorkspace<true>(deps, { actor, key, payload: asJson(change) }, (loaded) => {
    const setting = loaded.reads.setting(OWNER_SETTING);
    const owner = deps.config.policy.owner ?? (typeof setting === "string" ? setting : "");
    mustBeAllowed(deps, loaded, change, { actor, owner });
    return {
      answer: true,
      settings: settingsAfter(loaded, change),
      audit: [{ action: "PolicySet", subject: change.level, detail: asJson(change) }],
    };
  });
};

/** The policy with what commands added, merged in the transaction of a decision. */
export const policyIn = (deps: Pick<WorkspaceDeps, "config">, loaded: Loaded) =>
  mergePolicy(deps.config.policy, loaded.reads.setting(POLICY_SETTING));
