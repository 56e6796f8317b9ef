import type { Person, Workspace } from "./workspace.ts";

const offsetSeconds = (tz: string, atMs: number): number => {
  const name = new Intl.DateTimeFormat("en-US", { timeZone: tz, timeZoneName: "longOffset" })
    .formatToParts(atMs)
    .find((part) => part.type === "timeZoneName")?.value;
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? "") ?? [];
  const seconds = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60;
  return sign === "-" ? -seconds : seconds;
};

/** The `user` object of a person; `team` is the installation that asks, which sees others as strangers. */
export const userObject = (person: Person, team: string, atMs: number) => ({
  id: person.id,
  team_id: person.team,
  name: person.name.toLowerCase(),
  real_name: person.name,
  deleted: person.deleted,
  tz: person.tz,
  tz_offset: offsetSeconds(person.tz, atMs),
  is_bot: person.bot,
  is_app_user: false,
  is_restricted: person.guest !== "no",
  is_ultra_restricted: person.guest === "single",
  ...(person.team === team ? {} : { is_stranger: true }),
  profile: { real_name: person.name, display_name: person.name, team: person.team },
});

/** Gives somebody an account, unless they have one, and brings them into channels. */
export const addPerson = (
  workspace: Workspace,
  id: string,
  channels: readonly string[],
  account: Partial<Omit<Person, "id">> = {},
): void => {
  if (!workspace.people.has(id))
    workspace.people.set(id, {
      id,
      team: workspace.team,
      name: id.toLowerCase(),
      tz: "Europe/Amsterdam",
      guest: "no",
      bot: false,
      deleted: false,
      ...account,
    });
  for (const channel of channels) workspace.channels.get(channel)?.members.add(id);
};
