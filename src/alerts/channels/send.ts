import { ConfigError, RetryableError } from "../../lib/errors.ts";
import type { ChannelCall } from "./message.ts";

const TIMEOUT_MS = 15_000;
const BACK_OFF_MS = 120_000;
const MAX_BYTES = 512_000;

const waitOf = (response: Response): number => {
  const seconds = Number(response.headers.get("retry-after") ?? "");
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : BACK_OFF_MS;
};

/** Makes the call. RetryableError on 429, 5xx and no answer; ConfigError CHANNEL_REFUSED on any other refusal. The key is never in a message. */
export const sendCall = async (name: string, call: ChannelCall): Promise<void> => {
  const body = JSON.stringify(call.body);
  if (Buffer.byteLength(body) > MAX_BYTES)
    throw new ConfigError("CHANNEL_REFUSED", `${name}: the event is larger than 512 KB`);
  let response: Response;
  try {
    const { headers, method } = call;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(call.url, { method, headers: { ...headers }, body, signal });
  } catch (cause) {
    throw new RetryableError("CHANNEL_AWAY", `${name} did not answer`, {
      retryAfterMs: BACK_OFF_MS,
      cause,
    });
  }
  await response.body?.cancel();
  if (response.ok) return;
  if (response.status === 429 || response.status >= 500)
    throw new RetryableError("CHANNEL_BUSY", `${name} answered ${response.status}`, {
      retryAfterMs: waitOf(response),
    });
  throw new ConfigError("CHANNEL_REFUSED", `${name} refused the event with ${response.status}`, {
    next: `check the key and the address of ${name}`,
  });
};
