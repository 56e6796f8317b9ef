import type { Account, SlackPort } from "../port.ts";
import { type CallApi, mustCall } from "./api.ts";

interface PeopleOptions {
  readonly team: () => Promise<string>;
  readonly nowMs: () => number;
}

const GROUP_MS = 5 * 60_000;

const accountOf = (user: Record<string, unknown>, team: string): Account => ({
  team: String(user.team_id ?? team),
  user: String(user.id),
  name: String(
    (user.profile as { readonly display_name?: unknown } | undefined)?.display_name ||
      user.real_name ||
      user.name ||
      user.id,
  ),
  tz: String(user.tz ?? "UTC"),
  bot: user.is_bot === true || user.id === "USLACKBOT",
  guest: user.is_restricted === true || user.is_ultra_restricted === true,
  deleted: user.deleted === true,
  foreign: user.is_stranger === true || String(user.team_id ?? team) !== team,
});

/** Accounts and user groups. A group whose members Slack does not give is empty: nobody in it may approve. */
export const createPeople = (
  call: CallApi,
  { nowMs, team }: PeopleOptions,
): Pick<SlackPort, "account" | "groupMembers" | "team"> => {
  const groups = new Map<string, { readonly untilMs: number; readonly users: readonly string[] }>();
  return {
    team,
    account: async (user) => {
      const body = await mustCall(call, "users.info", { user });
      return accountOf((body.user ?? {}) as Record<string, unknown>, await team());
    },
    groupMembers: async (group) => {
      const known = groups.get(group);
      if (known && known.untilMs > nowMs()) return known.users;
      const outcome = await call("usergroups.users.list", { usergroup: group });
      if (outcome.kind !== "ok" || !Array.isArray(outcome.body.users)) return [];
      const users = outcome.body.users.map(String);
      groups.set(group, { untilMs: nowMs() + GROUP_MS, users });
      return users;
    },
  };
};
