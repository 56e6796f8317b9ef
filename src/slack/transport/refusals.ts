import { type AnyProductError, RetryableError, UserInputError } from "../../lib/errors.ts";
import type { ApiOutcome } from "./outcome.ts";

/** What a person must do about each refusal that only a person can end (slack.md 2.2). */
const NEXT: Readonly<Record<string, string>> = {
  not_in_channel: "invite the bot to the channel with /invite @mlpipeline",
  channel_not_found: "name a channel that the bot can see, or invite it there",
  is_archived: "unarchive the channel, or name another one in mlpipeline.yml",
  restricted_action: "let the bot post in this channel (its posting permissions)",
  missing_scope: "install the app again with the scopes of manifest.yml",
  not_allowed_token_type: "set SLACK_BOT_TOKEN to the bot token (xoxb-…)",
};

/** The app's token is of no use any more until somebody installs the app again or sets a new one. */
export const DEAD_TOKEN: ReadonlySet<string> = new Set([
  "not_authed",
  "invalid_auth",
  "token_revoked",
  "token_expired",
  "account_inactive",
]);

const LOST_RETRY_MS = 5_000;
const UNKNOWN_RETRY_MS = 60_000;

/** What the words of a refusal say to do next; null where only we can do something. */
export const nextOf = (code: string): string | null =>
  DEAD_TOKEN.has(code)
    ? "install the app again and set the new SLACK_BOT_TOKEN"
    : (NEXT[code] ?? null);

/**
 * The error of a call that did not go through. RetryableError where the same call may succeed later, also for a code that
 * nobody here knows; UserInputError SLACK_<CODE> where a person must mend something first.
 */
export const errorOfOutcome = (
  method: string,
  outcome: Exclude<ApiOutcome, { readonly kind: "ok" }>,
): AnyProductError => {
  switch (outcome.kind) {
    case "limited":
      return new RetryableError("SLACK_LIMITED", `${method} is limited`, {
        retryAfterMs: outcome.retryAfterMs,
      });
    case "unsent":
      return new RetryableError("SLACK_UNREACHED", `Slack was not reached: ${outcome.error}`, {
        retryAfterMs: LOST_RETRY_MS,
      });
    case "lost":
      return new RetryableError("SLACK_LOST", `${method} got no answer: ${outcome.error}`, {
        retryAfterMs: LOST_RETRY_MS,
      });
    case "refused": {
      const next = nextOf(outcome.code);
      const code = `SLACK_${outcome.code.toUpperCase()}`;
      const words = `Slack refused ${method}: ${outcome.code}`;
      return next === null
        ? new RetryableError(code, words, { retryAfterMs: UNKNOWN_RETRY_MS })
        : new UserInputError(code, words, { next });
    }
    default:
      return outcome satisfies never;
  }
};
