import { webApi } from "@slack/bolt";
import { OPTIONAL_SCOPE_USES, SCOPE_USES } from "./manifest.ts";
import { type CallApi, createCallApi } from "./transport/api.ts";
import type { ApiOutcome } from "./transport/outcome.ts";
import type { Via } from "./transport/receiver.ts";
import { nextOf } from "./transport/refusals.ts";

/** One thing that was looked at, as `doctor` lists it. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
  readonly next: string | null;
}

interface Tokens {
  readonly botToken: string;
  readonly via: Via;
  readonly apiUrl: string | null;
}

const CALL_MS = 5_000;

const clientOf = (token: string, { apiUrl }: Tokens): CallApi =>
  createCallApi(
    new webApi.WebClient(token, {
      ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
      timeout: CALL_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logLevel: webApi.LogLevel.ERROR,
    }),
  );

const failed = (
  what: string,
  outcome: Exclude<ApiOutcome, { readonly kind: "ok" }>,
  secret: string,
): Finding => {
  if (outcome.kind === "refused") {
    const next = nextOf(outcome.code) ?? `copy ${secret} again from the app's pages`;
    return { what, ok: false, said: `Slack refused ${secret}: ${outcome.code}`, next };
  }
  // Slack was there, and said no more than that it was asked too often.
  if (outcome.kind === "limited")
    return { what, ok: true, said: "Slack limits this question now", next: null };
  return {
    what,
    ok: false,
    said: `Slack was not reached: ${outcome.error}`,
    next: "look at the network, and at status.slack.com; the bot goes on by itself",
  };
};

const scopesOf = (body: Readonly<Record<string, unknown>>): readonly string[] | null => {
  const { scopes } = (body.response_metadata ?? {}) as { readonly scopes?: unknown };
  return Array.isArray(scopes) ? scopes.map(String) : null;
};

const scopeFinding = (granted: readonly string[] | null): Finding => {
  const what = "slack scopes";
  if (granted === null)
    return { what, ok: true, said: "Slack does not say which were granted", next: null };
  const lacking = (wanted: object) => Object.keys(wanted).filter((one) => !granted.includes(one));
  const missing = lacking(SCOPE_USES);
  if (missing.length > 0)
    return {
      what,
      ok: false,
      said: `not granted: ${missing.join(", ")}`,
      next: "bring the app's manifest up to date with manifest.yml and install it again",
    };
  const optional = lacking(OPTIONAL_SCOPE_USES);
  const rest =
    optional.length === 0 ? "" : `; without ${optional.join(", ")} user groups are empty`;
  return {
    what,
    ok: true,
    said: `all ${Object.keys(SCOPE_USES).length} are granted${rest}`,
    next: null,
  };
};

const socketFinding = async (tokens: Tokens): Promise<readonly Finding[]> => {
  const { via } = tokens;
  if (via.mode !== "socket") return [];
  const outcome = await clientOf(via.appToken, tokens)("apps.connections.open", {});
  return outcome.kind === "ok"
    ? [{ what: "slack socket", ok: true, said: "Slack offers one to this app token", next: null }]
    : [failed("slack socket", outcome, "SLACK_APP_TOKEN")];
};

/** Asks Slack itself: whose the bot token is, which scopes it was granted, and whether a socket may be opened. Never throws. */
export const examineSlack = async (tokens: Tokens): Promise<readonly Finding[]> => {
  const outcome = await clientOf(tokens.botToken, tokens)("auth.test", {});
  if (outcome.kind !== "ok") return [failed("slack token", outcome, "SLACK_BOT_TOKEN")];
  const { team, user } = outcome.body;
  return [
    { what: "slack token", ok: true, said: `${String(user)} in ${String(team)}`, next: null },
    scopeFinding(scopesOf(outcome.body)),
    ...(await socketFinding(tokens)),
  ];
};
