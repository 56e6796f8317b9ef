import type { PersonRoles } from "./context.ts";

const rolesOf = (
  voter: string,
  roles: readonly string[],
  people: readonly PersonRoles[],
): readonly string[] => {
  const own = people.find((person) => person.id === voter)?.roles ?? [];
  return roles.length === 0 ? own : own.filter((role) => roles.includes(role));
};

/**
 * To how many of the voters a role of their own can be given, 0..voters: a largest matching, by augmenting paths. `roles` are
 * those of the policy; where it names none, any role that a voter has will do.
 */
export const covers = (
  voters: readonly string[],
  roles: readonly string[],
  people: readonly PersonRoles[],
): number => {
  const holder = new Map<string, string>();
  const place = (voter: string, seen: Set<string>): boolean =>
    rolesOf(voter, roles, people).some((role) => {
      if (seen.has(role)) return false;
      seen.add(role);
      const other = holder.get(role);
      if (other !== undefined && !place(other, seen)) return false;
      holder.set(role, voter);
      return true;
    });
  return voters.filter((voter) => place(voter, new Set())).length;
};
