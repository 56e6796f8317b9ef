/** A slash command's text, taken apart: the verb, `key:value` words (values may be quoted), and what is left. */
export interface ParsedCommand {
  readonly verb: string;
  readonly values: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

const straight = (text: string): string => text.replace(/[“”„]/g, '"').replace(/[‘’]/g, "'");

const TOKEN = /([a-z_]+):"([^"]*)"|([a-z_]+):(\S+)|"([^"]*)"|(\S+)/gi;

/** Forgiving: case of the verb and curly quotes do not matter. Never throws. */
export const parseCommand = (text: string): ParsedCommand => {
  const values: Record<string, string> = {};
  const words: string[] = [];
  for (const match of straight(text).matchAll(TOKEN)) {
    const key = match[1] ?? match[3];
    if (key === undefined) words.push(match[5] ?? match[6] ?? "");
    else values[key.toLowerCase()] = match[2] ?? match[4] ?? "";
  }
  const [verb = "help", ...rest] = words;
  return { verb: verb.toLowerCase(), values, words: rest };
};
