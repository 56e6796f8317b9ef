import type { ParsedCommand } from "./parse-command.ts";

/** Words of a sentence that no command takes as an argument. */
const SENTENCE = new Set(
  "a about all an and are as be but can could did do does done for from had has have how i in is it its make me my not of our phase please should so than that the their them then there these they this to use using was we were what when where which who why will with without would you your".split(
    " ",
  ),
);

/** Their text is a person's own: what decides or claims is never read as a question to a model. */
const NEVER_TALK = new Set(
  "approve changes reject raise delegate extend claim link consent policy people help stop".split(
    " ",
  ),
);

/**
 * Whether what was typed is free words rather than a command: its first word is no verb, or what follows reads as a sentence. `verbs`
 * are those that are known. Never throws.
 */
export const isTalk = (
  { values, verb, words }: ParsedCommand,
  verbs: Readonly<Record<string, unknown>>,
): boolean => {
  if (!Object.hasOwn(verbs, verb)) return true;
  if (NEVER_TALK.has(verb) || Object.keys(values).length > 0) return false;
  return words.some((word) => word.endsWith("?") || SENTENCE.has(word.toLowerCase()));
};
