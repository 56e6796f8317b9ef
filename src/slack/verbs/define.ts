import { UserInputError } from "../../lib/errors.ts";
import type { Answer } from "../answer.ts";
import type { Asker } from "../asker.ts";
import type { SlackDeps } from "../deps.ts";
import type { ParsedCommand } from "../parse-command.ts";

/** What a verb does in Slack. Throws UserInputError for what the person can mend. */
export type Verb = (deps: SlackDeps, asker: Asker, parsed: ParsedCommand) => Promise<Answer>;

/** The run that is meant: the word at `place`, else the one whose thread this is. UserInputError NO_TARGET. */
export const targetOf = (asker: Asker, parsed: ParsedCommand, place = 0): string => {
  const target = parsed.words[place] ?? asker.threadRun;
  if (target) return target;
  throw new UserInputError("NO_TARGET", `say which run: \`${parsed.verb} <run>\``, {
    next: "use a run's name, the pipeline's name for its newest run, or `last`; `runs` lists them",
  });
};

/** Words after the first `from`, as one text; null when there are none. */
export const restOf = (parsed: ParsedCommand, from: number): string | null => {
  const text = parsed.words.slice(from).join(" ").trim();
  return text === "" ? null : text;
};

/** Refuses words that this verb does not know, so that nothing is silently ignored. UserInputError UNKNOWN_KEY. */
export const onlyKeys = (parsed: ParsedCommand, known: readonly string[]): void => {
  const strange = Object.keys(parsed.values).filter((key) => !known.includes(key));
  if (strange.length === 0) return;
  throw new UserInputError(
    "UNKNOWN_KEY",
    `\`${parsed.verb}\` does not know ${strange.map((key) => `\`${key}:\``).join(", ")}`,
    {
      next:
        known.length > 0
          ? `it knows ${known.map((key) => `\`${key}:\``).join(", ")}`
          : `\`help ${parsed.verb}\``,
    },
  );
};
