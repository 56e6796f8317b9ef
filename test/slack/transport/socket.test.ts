import { afterEach, expect, test } from "vitest";
import { createTransport } from "../../../src/slack/transport/transport.ts";
import { createUser } from "../../support/fake-slack/user.ts";
import { startBot, until } from "./harness.ts";

const SLOW = 30_000;

const bots: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const bot of bots.splice(0)) await bot.close();
});

const start = async () => {
  const heard: string[] = [];
  const bot = await startBot({
    listen: ({ app }) => {
      app.command("/mlpipeline", async ({ ack, command }) => {
        heard.push(command.text);
        await ack();
      });
      app.event("app_mention", async ({ event }) => {
        heard.push(event.text);
      });
    },
  });
  bots.push(bot);
  await until("two sockets", () => bot.slack.socket.count() === 2);
  return { bot, heard };
};

test(
  "a disconnect frame on one socket leaves the other one listening",
  async () => {
    const { bot, heard } = await start();
    bot.slack.socket.disconnect("refresh_requested");
    const ana = createUser(bot.slack, "U1");
    for (let at = 0; at < 20; at++) {
      await ana.slash(`${at}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(heard).toHaveLength(20);
    expect(bot.logged.filter((line) => line.includes("unhandled"))).toEqual([]);
  },
  SLOW,
);

test(
  "an envelope without an inner event is acknowledged and breaks nothing",
  async () => {
    const { bot, heard } = await start();
    bot.slack.socket.sendRateLimited();
    bot.slack.socket.sendFrame({ type: "events_api", envelope_id: "E1", payload: {} });
    bot.slack.socket.sendFrame({ something: "else" });
    await createUser(bot.slack, "U1").slash("status");
    expect(heard).toEqual(["status"]);
  },
  SLOW,
);

test(
  "a payload whose socket breaks before the acknowledgement runs once, and its repeat is acknowledged",
  async () => {
    const { bot, heard } = await start();
    bot.slack.socket.cutNext("before");
    bot.slack.raise({ type: "app_mention", user: "U1", text: "hello", channel: "C1", ts: "1.1" });
    await until("the event", () => heard.length > 0);
    await until("the repeat", () => (bot.slack.events[0]?.outcomes.length ?? 0) >= 2);
    expect(bot.slack.events[0]?.outcomes.at(-1)).toMatchObject({ acked: true });
    expect(heard).toEqual(["hello"]);
  },
  SLOW,
);

test(
  "when both sockets break the bot comes back by itself",
  async () => {
    const { bot, heard } = await start();
    bot.slack.socket.cut("all");
    expect(bot.slack.socket.count()).toBe(0);
    bot.slack.raise({
      type: "app_mention",
      user: "U1",
      text: "while away",
      channel: "C1",
      ts: "1.1",
    });
    await until("a socket", () => bot.slack.socket.count() > 0);
    await until("the event", () => heard.length > 0);
    expect(heard).toEqual(["while away"]);
  },
  SLOW,
);

test(
  "an app token that Slack refuses stops the start with words for the operator",
  async () => {
    const { bot } = await start();
    const transport = createTransport({
      botToken: bot.slack.workspace.botToken,
      via: { mode: "socket", appToken: "xapp-wrong" },
      apiUrl: bot.slack.url,
      maxFileBytes: 1,
      inbox: { receive: async () => true, take: async () => [], done: async () => {} },
      messages: {
        get: async () => null,
        put: async () => {},
        shown: async () => null,
        show: async () => {},
        effectAt: async () => null,
        mark: async () => null,
        setMark: async () => {},
      },
      owners: async () => [],
      timing: bot.slack.clock,
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    await expect(transport.start()).rejects.toMatchObject({
      code: "SLACK_TOKEN",
      message: expect.stringContaining("SLACK_APP_TOKEN"),
    });
  },
  SLOW,
);
