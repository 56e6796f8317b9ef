import { VERBS } from "../operations/verbs.ts";

/** What a verb does, from the table that Slack and the terminal share. */
export const summaryOf = (verb: string): string =>
  VERBS.find((row) => row.verb === verb)?.summary ?? "";
