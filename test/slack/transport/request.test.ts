import type { ReceiverEvent } from "@slack/bolt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startBot } from "./harness.ts";

const SLOW = 20_000;
const FIVE_MINUTES = 300_000;

let bot: Awaited<ReturnType<typeof startBot>>;
let heard: ReceiverEvent["body"][];
beforeEach(async () => {
  heard = [];
  bot = await startBot({
    mode: "http",
    listen: ({ app }) => {
      app.command("/mlpipeline", async ({ ack, body }) => {
        heard.push(body);
        await ack();
      });
    },
  });
}, SLOW);
afterEach(() => bot.close());

const command = (text: string) => ({
  command: "/mlpipeline",
  text,
  team_id: "T1",
  user_id: "U1",
  channel_id: "C1",
  trigger_id: `trigger-${text}`,
  response_url: "http://127.0.0.1:9/none",
});

test(
  "a request signed by Slack is taken, with or without a charset in its type",
  async () => {
    const plain = await bot.slack.http.request("slash_commands", command("one"));
    const charset = await bot.slack.http.request("slash_commands", command("two"), {
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    });
    expect([plain.status, charset.status]).toEqual([200, 200]);
    expect(heard.map(({ text }) => text)).toEqual(["one", "two"]);
  },
  SLOW,
);

test.each([
  ["signed with another secret", { secret: "another" }],
  ["changed after it was signed", { tamper: (body: string) => body.replace("status", "cancel") }],
  ["without a signature", { headers: { "x-slack-signature": "" } }],
  ["without a time", { headers: { "x-slack-request-timestamp": "" } }],
  ["with a signature of another length", { headers: { "x-slack-signature": "v0=abc" } }],
  ["six minutes old", { skewMs: -FIVE_MINUTES - 60_000 }],
  ["six minutes ahead", { skewMs: FIVE_MINUTES + 60_000 }],
])(
  "a request %s is refused and runs nothing",
  async (_what, forgery) => {
    const answer = await bot.slack.http.request("slash_commands", command("status"), forgery);
    expect(answer.status).toBe(401);
    expect(heard).toEqual([]);
    expect(await bot.store.inbox.take({ limit: 9, nowMs: 9e12, leaseUntilMs: 9e12 })).toEqual([]);
  },
  SLOW,
);

test.each([-FIVE_MINUTES + 5_000, FIVE_MINUTES - 5_000])(
  "a clock that is %i ms off is still believed",
  async (skewMs) => {
    const answer = await bot.slack.http.request("slash_commands", command("status"), { skewMs });
    expect(answer.status).toBe(200);
  },
  SLOW,
);

test(
  "the same request byte for byte gets 200 and does nothing",
  async () => {
    const first = await bot.slack.http.request("slash_commands", command("status"));
    const again = await bot.slack.http.replay(first.sent);
    expect(again.status).toBe(200);
    expect(heard).toHaveLength(1);
  },
  SLOW,
);

test(
  "copies that arrive at the same moment run once",
  async () => {
    const copies = [1, 2, 3].map(() => bot.slack.http.request("slash_commands", command("one")));
    const answers = await Promise.all(copies);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(heard).toHaveLength(1);
  },
  SLOW,
);

test(
  "a payload that was signed anew is known by its trigger",
  async () => {
    await bot.slack.http.request("slash_commands", command("status"));
    const later = await bot.slack.http.request("slash_commands", command("status"), {
      skewMs: 5_000,
    });
    expect(later.status).toBe(200);
    expect(heard).toHaveLength(1);
  },
  SLOW,
);

test(
  "Slack's check of the certificate is answered, and nothing smuggled into it runs",
  async () => {
    expect((await bot.slack.http.sslCheck()).status).toBe(200);
    const smuggled = { ...command("status"), ssl_check: "1" };
    const answer = await bot.slack.http.request("slash_commands", smuggled, {
      headers: { "x-slack-signature": "" },
    });
    expect(answer.status).toBe(200);
    expect(heard).toEqual([]);
  },
  SLOW,
);
