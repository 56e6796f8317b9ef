import { sign } from "./fake-slack/http.ts";
import type { FakeSlack } from "./fake-slack/server.ts";

/** How a request address is tried, and the status that each way must get. */
interface Tried {
  readonly how: string;
  readonly status: number;
  readonly wanted: number;
}

/**
 * Sends what Slack sent last again in every way that must change nothing: the very bytes, the payload signed anew as a
 * redelivery, forged, tampered with, dated back and ahead, unsigned. Gives those that got another status than they must.
 */
export const tryAgain = async (slack: FakeSlack): Promise<readonly Tried[]> => {
  const { body, headers } = slack.http.last();
  const { signingSecret } = slack.workspace;
  const now = Math.floor(slack.clock.nowMs() / 1000);
  const signed = (secret: string, seconds: number, text = body) => ({
    body: text,
    headers: {
      ...headers,
      "x-slack-request-timestamp": String(seconds),
      "x-slack-signature": sign(secret, seconds, body),
    },
  });
  const ways: readonly (readonly [
    string,
    number,
    { body: string; headers: Record<string, string> },
  ])[] = [
    ["replayed byte for byte", 200, { body, headers: { ...headers } }],
    ["redelivered with a new signature", 200, signed(signingSecret, now + 1)],
    ["forged with another secret", 401, signed("another-secret", now)],
    [
      "tampered with after signing",
      401,
      signed(signingSecret, now + 2, body.replace(/U[1-9]/, "U1")),
    ],
    ["dated ten minutes back", 401, signed(signingSecret, now - 600)],
    ["dated ten minutes ahead", 401, signed(signingSecret, now + 600)],
    [
      "without a signature",
      401,
      { body, headers: { "content-type": headers["content-type"] ?? "" } },
    ],
  ];
  const tried: Tried[] = [];
  for (const [how, wanted, request] of ways) {
    if (how.startsWith("tampered") && !/U[2-9]/.test(body)) continue; // it would be the same bytes
    tried.push({ how, wanted, status: (await slack.http.replay(request)).status });
  }
  return tried.filter(({ status, wanted }) => status !== wanted);
};
