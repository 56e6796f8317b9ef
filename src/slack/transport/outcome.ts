import { webApi } from "@slack/bolt";

/** Slack's answer to one call, as a value. `body` is Slack's JSON. */
export type ApiOutcome =
  | { readonly kind: "ok"; readonly body: ApiBody }
  /** Slack said no: `code` is its `error`. */
  | { readonly kind: "refused"; readonly code: string; readonly body: ApiBody }
  /** Not accepted; may be sent again after `retryAfterMs`. */
  | { readonly kind: "limited"; readonly retryAfterMs: number }
  /** Never reached Slack, so nothing happened there. */
  | { readonly kind: "unsent"; readonly error: string }
  /** Nobody knows whether Slack accepted it: cut, timed out, a 5xx, or an answer that is no JSON. */
  | { readonly kind: "lost"; readonly error: string };

export type ApiBody = Readonly<Record<string, unknown>>;

// Causes of a failed `fetch` that come before the first byte of the request was sent.
const BEFORE_SENDING = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const causeOf = (error: Error): string => {
  const cause = error.cause as { readonly code?: unknown } | undefined;
  return typeof cause?.code === "string" ? cause.code : "";
};

// Slack's error codes; the client puts a whole unreadable answer in the same place.
const CODE = /^[a-z0-9_]{1,80}$/;
const SERVER_FAULTS = new Set(["internal_error", "fatal_error", "service_unavailable"]);

const ofPlatform = ({ data }: webApi.WebAPIPlatformError): ApiOutcome => {
  const code = String(data.error);
  if (!CODE.test(code)) return { kind: "lost", error: "the answer was not readable" };
  if (SERVER_FAULTS.has(code)) return { kind: "lost", error: code };
  return { kind: "refused", code, body: data as unknown as ApiBody };
};

/** What a thrown error of the Web API client means. Anything unknown counts as lost: it may have been accepted. */
export const outcomeOfError = (error: unknown): ApiOutcome => {
  if (error instanceof webApi.WebAPIRateLimitedError)
    return { kind: "limited", retryAfterMs: error.retryAfter * 1_000 };
  if (error instanceof webApi.WebAPIPlatformError) return ofPlatform(error);
  if (error instanceof webApi.WebAPIHTTPError)
    return { kind: "lost", error: `HTTP ${error.statusCode}` };
  if (error instanceof webApi.WebAPIRequestError && BEFORE_SENDING.has(causeOf(error.original)))
    return { kind: "unsent", error: causeOf(error.original) };
  return { kind: "lost", error: error instanceof Error ? error.message : String(error) };
};
