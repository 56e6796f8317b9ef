import type { Actor } from "../engine/command.ts";

/** An account as Slack names it in payloads. */
export interface SlackUser {
  readonly team: string;
  readonly user: string;
}

/** The owner of the home; `accounts` is empty until somebody claims it in Slack or the file names an account. */
export interface SlackOwner {
  readonly person: string;
  readonly accounts: readonly SlackUser[];
}

/** Finds the person behind a Slack account; null for someone unknown. */
export type FindPerson = (team: string, user: string) => Promise<{ readonly id: string } | null>;

/** Who acts in Slack: a person proved by a verified payload, or an account that nobody tied to a person yet. */
export const slackActor = async (find: FindPerson, team: string, user: string): Promise<Actor> => {
  const person = await find(team, user);
  return { person: person?.id ?? null, via: "slack", ref: `${team}/${user}`, model: false };
};

/** How a home that nobody has claimed in Slack is claimed. Null once it is. */
export const claimHint = (owner: SlackOwner | null): string | null =>
  owner === null || owner.accounts.length === 0
    ? "Nobody owns this bot in Slack yet: run `mlpipeline init --claim` where it is installed and type `/mlpipeline claim <code>` here with the code that it prints."
    : null;

/** What someone unknown is told: nothing was done, and the line that the owner must add. */
export const unknownPerson = (team: string, user: string, owner: SlackOwner | null): string => {
  const hint = claimHint(owner);
  const line = `I do not know you yet, so nothing was done. Ask the owner to add \`slack: ["${team}:${user}"]\` to your entry under \`people\` in mlpipeline.yml, or to add you under Settings in the bot's Home.`;
  return hint === null ? line : `${line}\n${hint}`;
};
