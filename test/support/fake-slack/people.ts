/** Somebody with an account, as `users.info` tells of them. */
export interface Person {
  readonly id: string;
  readonly team: string;
  name: string;
  /** IANA zone. */
  tz: string;
  guest: "no" | "single" | "multi";
  bot: boolean;
  deleted: boolean;
}

/** A user group. `fails` names the error that listing it gives (it vanished, Slack is down). */
export interface UserGroup {
  readonly id: string;
  members: string[];
  fails: string | null;
}

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
