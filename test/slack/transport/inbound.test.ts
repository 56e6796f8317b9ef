import { afterEach, describe, expect, test } from "vitest";
import { UserInputError } from "../../../src/lib/errors.ts";
import type { ModalView } from "../../../src/slack/blocks/slack-types.ts";
import type { Transport } from "../../../src/slack/transport/transport.ts";
import { createUser } from "../../support/fake-slack/user.ts";
import { type BotOptions, type Mode, startBot, until } from "./harness.ts";

const MODES: readonly Mode[] = ["socket", "http"];
const SLOW = 30_000;

const bots: { readonly close: () => Promise<void> }[] = [];
const start = async (options: BotOptions) => {
  const bot = await startBot(options);
  bots.push(bot);
  return bot;
};
afterEach(async () => {
  for (const bot of bots.splice(0)) await bot.close();
});

const button = (id: string, label: string) => ({
  text: label,
  blocks: [
    {
      type: "actions" as const,
      elements: [
        {
          type: "button" as const,
          action_id: id,
          text: { type: "plain_text" as const, text: label },
          value: "v",
        },
      ],
    },
  ],
});

const MODAL: ModalView = {
  type: "modal",
  callback_id: "asked",
  title: { type: "plain_text", text: "Asked" },
  blocks: [{ type: "section", text: { type: "plain_text", text: "Here it is" } }],
};

const post = (transport: Transport, id: string, label: string) =>
  transport.port.post({
    channel: "C1",
    threadTs: null,
    broadcast: false,
    rendered: button(id, label),
    effect: { key: `test/${id}`, kind: "handoff", revision: 1 },
  });

const counting = () => {
  const seen: string[] = [];
  const listen = ({ app }: Transport) => {
    app.command("/mlpipeline", async ({ ack, command, respond }) => {
      seen.push(command.text);
      await ack();
      await respond({ response_type: "ephemeral", text: `heard ${command.text}` });
    });
    app.event("app_mention", async ({ event }) => {
      seen.push(event.text);
    });
  };
  return { seen, listen };
};

describe.each(MODES)("mode %s", (mode) => {
  test(
    "a command is a row of the inbox before it is acknowledged, and done once it is answered",
    async () => {
      const rows: unknown[] = [];
      const bot = await start({
        mode,
        listen: ({ app }) => {
          app.command("/mlpipeline", async ({ ack, respond }) => {
            rows.push(
              ...(await bot.store.inbox.take({ limit: 9, nowMs: 9e12, leaseUntilMs: 9e12 })),
            );
            await ack();
            await respond("done");
          });
        },
      });
      const ana = createUser(bot.slack, "U1");
      await ana.slash("status");
      expect(rows).toMatchObject([{ source: "slack", body: { text: "status" } }]);
      expect(JSON.stringify(rows)).not.toContain("fake-verification");
      await until("the answer", () => ana.lastEphemeral() === "done");
      await bot.transport.stop();
      expect(await bot.store.inbox.take({ limit: 9, nowMs: 9.1e12, leaseUntilMs: 9.2e12 })).toEqual(
        [],
      );
      bot.slack.expectNoViolations();
    },
    SLOW,
  );

  test(
    "the same envelope twice runs once and is acknowledged twice",
    async () => {
      const { listen, seen } = counting();
      const bot = await start({ mode, listen });
      await createUser(bot.slack, "U1").slash("status");
      expect(await bot.slack.duplicate()).toMatchObject({ acked: true });
      expect(seen).toEqual(["status"]);
    },
    SLOW,
  );

  test(
    "an event delivered again because its acknowledgement came late runs once",
    async () => {
      const { listen, seen } = counting();
      const bot = await start({ mode, listen });
      bot.slack.raise({ type: "app_mention", user: "U1", text: "hello", channel: "C1", ts: "1.1" });
      await until("the event", () => seen.length > 0);
      await bot.slack.duplicate();
      await bot.slack.duplicate();
      expect(seen).toEqual(["hello"]);
    },
    SLOW,
  );

  test(
    "what was raised while nobody listened arrives as a retry, and is not dropped for being one",
    async () => {
      const { listen, seen } = counting();
      const first = await startBot({ mode, listen: () => {} });
      await first.vanish();
      if (mode === "socket") {
        await until("the sockets to close", () => first.slack.socket.count() === 0);
        first.slack.raise({
          type: "app_mention",
          user: "U1",
          text: "late",
          channel: "C1",
          ts: "1.1",
        });
      }
      await start({ mode, listen, after: first });
      if (mode === "http")
        first.slack.raise({
          type: "app_mention",
          user: "U1",
          text: "late",
          channel: "C1",
          ts: "1.1",
        });
      await until("the event", () => seen.length > 0);
      expect(seen).toEqual(["late"]);
    },
    SLOW,
  );

  test(
    "a button, a modal and a command that nobody listens to are answered as of an older version",
    async () => {
      const bot = await start({ mode });
      await post(bot.transport, "nobody", "Old button");
      const ana = createUser(bot.slack, "U1");
      await ana.click("Old button");
      await ana.sees("older version");
      await ana.slash("status");
      expect(bot.logged.filter((line) => line.includes('"error"'))).toEqual([]);
      bot.slack.expectNoViolations();
    },
    SLOW,
  );

  test(
    "a listener that fails is answered with a reference and never with a stack",
    async () => {
      const bot = await start({
        mode,
        listen: ({ app }) => {
          app.action("fails", async () => {
            throw new TypeError("reading 'x' of undefined");
          });
          app.action("refuses", async ({ ack }) => {
            await ack();
            throw new UserInputError("NOT_AN_APPROVER", "you cannot approve this");
          });
        },
      });
      await post(bot.transport, "fails", "Fails");
      await post(bot.transport, "refuses", "Refuses");
      const ana = createUser(bot.slack, "U1");
      await ana.click("Fails");
      await ana.sees("Something of ours broke and was logged");
      expect(ana.text()).toMatch(/Ref E-[0-9a-f]{6}\./);
      expect(ana.text()).not.toMatch(/undefined|TypeError|at /);
      await ana.click("Refuses");
      await ana.sees("NOT_AN_APPROVER: you cannot approve this");
      bot.slack.expectNoViolations();
    },
    SLOW,
  );

  test(
    "a process that ends between the row and its end leaves work that the next one finishes",
    async () => {
      const seen: string[] = [];
      const first = await startBot({
        mode,
        listen: ({ app }) => {
          app.event("app_mention", () => new Promise(() => {})); // the process ends in here
        },
      });
      first.slack.raise({
        type: "app_mention",
        user: "U1",
        text: "hello",
        channel: "C1",
        ts: "1.1",
      });
      const kept = () => first.slack.events[0]?.outcomes[0];
      await until("the acknowledgement", kept);
      await first.vanish();
      await start({
        mode,
        after: first,
        listen: ({ app }) => {
          app.event("app_mention", async ({ event }) => {
            seen.push(event.text);
          });
        },
      });
      await first.slack.clock.advance(6_000); // the lease of the dead process
      await until("the event", () => seen.length > 0);
      expect(seen).toEqual(["hello"]);
    },
    SLOW,
  );

  test(
    "a click finished after a restart has lost its modal: the person is told to press again, with a link",
    async () => {
      const opens = ({ app, port }: Transport) => {
        app.action("opens", async ({ ack, body }) => {
          await ack();
          await port.openView("trigger_id" in body ? body.trigger_id : "", MODAL);
        });
      };
      const first = await startBot({
        mode,
        listen: ({ app }) => {
          app.action("opens", async ({ ack }) => {
            await ack();
            await new Promise(() => {});
          });
        },
      });
      await post(first.transport, "opens", "Open it");
      const ana = createUser(first.slack, "U1");
      const clicked = ana.click("Open it");
      await until("the acknowledgement", () =>
        first.slack.workspace.messages.length > 0 ? true : null,
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      await first.vanish();
      await clicked.catch(() => {});
      await start({ mode, after: first, listen: opens });
      await first.slack.clock.advance(6_000);
      await ana.sees("I was restarting. Next: press again: http");
      await ana.click("Open it");
      await ana.sees("Here it is");
    },
    SLOW,
  );

  test(
    "an event whose listener fails is tried again and not lost",
    async () => {
      const seen: string[] = [];
      const bot = await start({
        mode,
        listen: ({ app }) => {
          app.event("app_mention", async ({ event }) => {
            seen.push(event.text);
            if (seen.length === 1) throw new Error("the database was locked");
          });
        },
      });
      bot.slack.raise({ type: "app_mention", user: "U1", text: "hello", channel: "C1", ts: "1.1" });
      await until("the first try", () => seen.length === 1);
      await bot.slack.clock.advance(6_000);
      await until("the second try", () => seen.length === 2);
      await bot.slack.clock.advance(60_000);
      expect(seen).toHaveLength(2);
    },
    SLOW,
  );

  test(
    "fifty commands at once are acknowledged within Slack's three seconds",
    async () => {
      const { listen, seen } = counting();
      const bot = await start({ mode, listen });
      const people = Array.from({ length: 50 }, (_, at) => createUser(bot.slack, `U${at}`));
      await Promise.all(people.map((one, at) => one.slash(`status ${at}`)));
      expect(seen).toHaveLength(50);
      bot.slack.expectNoViolations();
    },
    SLOW,
  );
});
