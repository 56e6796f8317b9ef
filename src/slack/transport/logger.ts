import { type Logger, LogLevel } from "@slack/bolt";
import type { Log } from "../../lib/log.ts";

const words = (parts: readonly unknown[]): string => parts.map(String).join(" ");

/** Our log as Slack's packages take it. Debug and info are dropped: at those levels they print whole arguments. */
export const slackLogger = (log: Log): Logger => ({
  debug: () => {},
  info: () => {},
  warn: (...parts) => log.warn(words(parts)),
  error: (...parts) => log.error(words(parts)),
  setLevel: () => {},
  getLevel: () => LogLevel.WARN,
  setName: () => {},
});
