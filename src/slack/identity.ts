import type { Actor } from "../engine/command.ts";

/** Finds the person behind a Slack account; null for someone unknown. */
export type FindPerson = (team: string, user: string) => Promise<{ readonly id: string } | null>;

/** Who acts in Slack: a person proved by a verified payload, or an account that nobody tied to a person yet. */
export const slackActor = async (find: FindPerson, team: string, user: string): Promise<Actor> => {
  const person = await find(team, user);
  return { person: person?.id ?? null, via: "slack", ref: `${team}/${user}`, model: false };
};

/** What someone unknown is told: nothing was done, and the line that the owner must add. */
export const unknownPerson = (team: string, user: string): string =>
  `I do not know you yet, so nothing was done. Ask the owner to add \`slack: ["${team}:${user}"]\` to your entry under \`people\` in mlpipeline.yml.`;
