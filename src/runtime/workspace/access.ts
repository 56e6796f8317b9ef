import type { Actor } from "../../engine/command.ts";
import { RoleScope, Roles } from "../../spec/config.ts";
import type { PersonRow } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import { OWNER_SETTING } from "../people.ts";
import { groupRole } from "../policies.ts";
import { listWithGroups } from "./groups.ts";
import { policyInForce } from "./policy-settings.ts";

/** The setting that holds the roles that were defined by command: role → scopes. */
export const ROLES_SETTING = "roles";

/** What somebody may do. `person` null: an account that nobody tied to an active person. */
export interface Access {
  readonly person: PersonRow | null;
  readonly owner: string;
  readonly scopes: readonly RoleScope[];
}

export type AccessDeps = Pick<RuntimeDeps, "store" | "config" | "clock" | "slackConfigured">;

/** Roles of the file and those set by command; the file's win a name. */
export const rolesInForce = async ({
  config,
  store,
}: AccessDeps): Promise<Readonly<Record<string, readonly RoleScope[]>>> => {
  const set = Roles.safeParse(await store.settings.get(ROLES_SETTING));
  return { ...(set.success ? set.data : {}), ...config.roles };
};

/** People and roles that any level of the policy names: they may approve, or the policy could never be met. */
const namedInPolicy = async (deps: AccessDeps, { id }: PersonRow): Promise<boolean> => {
  const policy = await policyInForce(deps);
  const roles = (await listWithGroups(deps)).find((one) => one.id === id)?.roles ?? [];
  const levels = [
    policy.default,
    ...Object.values(policy.phases),
    ...Object.values(policy.kinds),
    ...Object.values(policy.environments),
  ];
  return levels.some(
    (rules) =>
      rules?.people?.includes(id) ||
      rules?.roles?.some((role) => roles.includes(role)) ||
      rules?.groups?.some((group) => roles.includes(groupRole(group))) ||
      rules?.escalate_to?.some((people) => people.includes(id)),
  );
};

const scopesOf = async (deps: AccessDeps, person: PersonRow): Promise<readonly RoleScope[]> => {
  const roles = await rolesInForce(deps);
  const given = person.roles.flatMap((role) => roles[role] ?? []);
  const named = (await namedInPolicy(deps, person)) ? (["approve"] as const) : [];
  return [...new Set<RoleScope>(["read", ...given, ...named])];
};

/**
 * Fail closed: the owner may everything; a person reads and does what his roles give (or the policy by naming him); an unknown
 * account reads where the workspace lets guests read, and else nothing.
 */
export const accessOf = async (deps: AccessDeps, actor: Actor): Promise<Access> => {
  const setting = await deps.store.settings.get(OWNER_SETTING);
  const owner = deps.config.policy.owner ?? (typeof setting === "string" ? setting : "");
  const found = actor.person === null ? null : await deps.store.people.get(actor.person);
  const person = found?.active ? found : null;
  if (person === null) {
    const guest = actor.via === "slack" && deps.config.surfaces.slack.guests === "read";
    return { person, owner, scopes: guest && found === null ? ["read"] : [] };
  }
  const scopes = person.id === owner ? RoleScope.options : await scopesOf(deps, person);
  return { person, owner, scopes };
};
