/** A command's text, taken apart: the verb, `key:value` or `key=value` words (values may be quoted), and what is left. */
export interface ParsedCommand {
  readonly verb: string;
  readonly values: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

const straight = (text: string): string => text.replace(/[“”„«»]/g, '"').replace(/[‘’‚]/g, "'");

// Slack writes a mention as <@U1|name>, a channel as <#C1|name>, a link as <https://…|label> or <mailto:…|…>.
const unwrapped = (text: string): string =>
  text
    .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, "@$1")
    .replace(/<#([A-Z0-9]+)(?:\|[^>]*)?>/g, "#$1")
    .replace(/<(?:mailto:)?([^|>]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

const TOKEN = /([a-z_][a-z_-]*)[:=]"([^"]*)"|([a-z_][a-z_-]*)[:=](?!\/\/)(\S+)|"([^"]*)"|(\S+)/gi;

/** Forgiving: case of verb and keys, curly quotes, mentions, channels and pasted links do not matter. Never throws. */
export const parseCommand = (text: string): ParsedCommand => {
  const values: Record<string, string> = {};
  const words: string[] = [];
  for (const match of straight(unwrapped(text)).matchAll(TOKEN)) {
    const key = match[1] ?? match[3];
    if (key === undefined) words.push(match[5] ?? match[6] ?? "");
    else values[key.toLowerCase().replaceAll("-", "_")] = match[2] ?? match[4] ?? "";
  }
  const [verb = "help", ...rest] = words;
  return { verb: verb.toLowerCase(), values, words: rest };
};
