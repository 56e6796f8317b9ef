import type { Policy, PolicyRules } from "../../spec/config.ts";
import type { Json, PersonRow } from "../../store/rows.ts";
import { groupRole } from "../policies.ts";
import { commitWorkspace, type WorkspaceDeps } from "./identity.ts";
import { policyInForce } from "./policy-settings.ts";

/** The setting that holds what Slack last said of each user group: members as accounts (T1/U1), and when. */
const GROUPS_SETTING = "slack.groups";
/** What is older counts as empty: nobody votes by a membership that may have ended. The bot asks every few minutes. */
const FRESH_MS = 15 * 60_000;
/** An equal answer is written again after this, so that it stays fresh; each writing is a line of the audit log. */
const RENEW_MS = 10 * 60_000;

interface GroupRow {
  readonly members: readonly string[];
  readonly at: number;
}
type GroupRows = Readonly<Record<string, GroupRow>>;
type Identities = readonly {
  readonly kind: string;
  readonly subject: string;
  readonly personId: string | null;
}[];

const BOT = { person: null, via: "slack", ref: "bot", model: false } as const;

const rowsOf = (setting: Json): GroupRows =>
  typeof setting === "object" && setting !== null ? (setting as unknown as GroupRows) : {};

const groupsOf = (
  person: string,
  fresh: readonly (readonly [string, GroupRow])[],
  identities: Identities,
): readonly string[] => {
  const accounts = identities.filter((one) => one.kind === "slack" && one.personId === person);
  return fresh
    .filter(([, { members }]) => accounts.some(({ subject }) => members.includes(subject)))
    .map(([group]) => groupRole(group));
};

/** People with a role more for each user group that one of their Slack accounts is in now. Pure. */
export const withGroups = <P extends Pick<PersonRow, "id" | "roles">>(
  people: readonly P[],
  identities: Identities,
  setting: Json,
  nowMs: number,
): readonly P[] => {
  const fresh = Object.entries(rowsOf(setting)).filter(([, { at }]) => nowMs - at < FRESH_MS);
  if (fresh.length === 0) return people;
  return people.map((person) => ({
    ...person,
    roles: [...person.roles, ...groupsOf(person.id, fresh, identities)],
  }));
};

/** The same in a transaction, which reads by itself. */
export const peopleWithGroups = (
  reads: {
    readonly people: () => readonly PersonRow[];
    readonly identities: () => Identities;
    readonly setting: (key: string) => Json;
  },
  nowMs: number,
): readonly PersonRow[] =>
  withGroups(reads.people(), reads.identities(), reads.setting(GROUPS_SETTING), nowMs);

/** Everybody, with the roles that their user groups give them. */
export const listWithGroups = async ({
  clock,
  store,
}: Pick<WorkspaceDeps, "store" | "clock">): Promise<readonly PersonRow[]> => {
  const people = await store.people.list();
  const setting = await store.settings.get(GROUPS_SETTING);
  if (Object.keys(rowsOf(setting)).length === 0) return people;
  const identities = await Promise.all(people.map(({ id }) => store.people.identities(id)));
  return withGroups(people, identities.flat(), setting, clock.nowMs());
};

const named = (rules: PolicyRules | undefined): readonly string[] => rules?.groups ?? [];

/** User groups that any level of a policy names. */
const namedGroups = (policy: Policy): readonly string[] => [
  ...new Set([
    ...named(policy.default),
    ...Object.values(policy.phases).flatMap(named),
    ...Object.values(policy.kinds).flatMap(named),
    ...Object.values(policy.environments).flatMap(named),
  ]),
];

/** What the bot tells of user groups, and which it has to ask about. */
export interface GroupDirectory {
  /** Groups that the policy in force names. */
  readonly named: () => Promise<readonly string[]>;
  /** What Slack says now: members as T1/U1; empty also where it does not say. A changed membership stands in the audit log. */
  readonly note: (group: string, members: readonly string[]) => Promise<void>;
}

export const createGroupDirectory = (deps: WorkspaceDeps): GroupDirectory => ({
  named: async () => namedGroups(await policyInForce(deps)),
  note: async (group, members) => {
    const nowMs = deps.clock.nowMs();
    const sorted = [...new Set(members)].sort();
    const known = rowsOf(await deps.store.settings.get(GROUPS_SETTING))[group];
    const same = known !== undefined && known.members.join() === sorted.join();
    if (same && nowMs - known.at < RENEW_MS) return;
    const call = { actor: BOT, key: `group/${group}/${deps.newId()}`, payload: sorted };
    await commitWorkspace(deps, call, (loaded) => {
      const rows = rowsOf(loaded.reads.setting(GROUPS_SETTING));
      const value = { ...rows, [group]: { members: sorted, at: nowMs } };
      return {
        answer: true,
        settings: [{ key: GROUPS_SETTING, value: value as unknown as Json }],
        audit: same ? [] : [{ action: "GroupSeen", subject: group, detail: { members: sorted } }],
      };
    });
  },
});
