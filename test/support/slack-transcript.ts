import type { FakeSlack } from "./fake-slack/server.ts";
import type { FakeUser } from "./fake-slack/user.ts";

/** What is said in Slack, line by line, as it happens: what people do, and what the bot says since then. */
export interface Transcript {
  /** The same person, whose doings are written down. */
  readonly hear: (name: string, user: FakeUser) => FakeUser;
  /** A line that nobody in Slack says: what happens to the bot. */
  readonly note: (words: string) => void;
  readonly lines: () => readonly string[];
}

const ACTS: Readonly<Record<string, (...args: readonly unknown[]) => string>> = {
  slash: (text) => `types /mlpipeline ${text}`,
  mention: (text) => `writes @mlpipeline ${text}`,
  dm: (text) => `writes to the bot: ${text}`,
  click: (label) => `clicks [${label}]`,
  choose: (option) => `chooses "${option}"`,
  fill: (label, text) => `fills "${label}": ${text}`,
  pick: (label, option) => `picks "${label}": ${[option].flat().join(", ")}`,
  submit: () => "submits the form",
  openHome: () => "opens the bot's Home",
  shortcut: (name) => `uses the shortcut "${name}"`,
};

/** What differs from one machine or minute to the next, replaced by what it is. */
const steady = (text: string): string =>
  text
    .replaceAll(`${process.cwd()}/`, "")
    .replace(/\/tmp\/[^\s"]*\/remotes/g, "<remotes>")
    .replace(/(head|sha256:?)( ?)[0-9a-f]{12,64}/g, "$1$2…")
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "<id>")
    .replace(/\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b/g, "<code>")
    .replace(/\b[0-9a-f]{12,40}\b/g, "…")
    .replace(/\d{4}-\d{2}-\d{2}[T ][\d:.]+ ?(Z|UTC)/g, "<time>")
    .replace(/E-[0-9a-f]{6}/g, "E-…")
    .replace(/\s*\n\s*/g, " ");

export const createTranscript = (slack: FakeSlack): Transcript => {
  const lines: string[] = [];
  const said = new Map<string, string>();
  const say = (key: string, where: string, text: string) => {
    if (text === "" || said.get(key) === text) return;
    lines.push(`mlpipeline, ${said.has(key) ? "edits" : where}: ${steady(text)}`);
    said.set(key, text);
  };
  // The run's own message changes with every step; only how it ends is a line of its own.
  const isProgress = (text: string) => /^Run \S+ is running/.test(text);
  const sync = () => {
    const { ephemerals, messages } = slack.workspace;
    for (const one of messages.filter(({ text }) => !isProgress(text)))
      say(
        one.ts,
        one.channel.startsWith("D")
          ? "directly"
          : one.threadTs
            ? "in the thread"
            : "in the channel",
        one.text,
      );
    for (const one of ephemerals) say(one.ts, `for ${one.user} alone`, one.text);
  };
  return {
    hear: (name, user) =>
      new Proxy(user, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key);
          const act = ACTS[String(key)];
          if (typeof value !== "function" || act === undefined) return value;
          return (...args: unknown[]) => {
            sync();
            lines.push(`${name} ${steady(act(...args))}`);
            return Reflect.apply(value, target, args);
          };
        },
      }),
    note: (words) => {
      sync();
      lines.push(`(${words})`);
    },
    lines: () => {
      sync();
      return lines;
    },
  };
};
