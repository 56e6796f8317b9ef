import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Rendered } from "../../../src/slack/blocks/rendered.ts";
import type { KnownBlock } from "../../../src/slack/blocks/slack-types.ts";
import type { Effect, SlackPort } from "../../../src/slack/port.ts";
import { addChannel } from "../../support/fake-slack/channels.ts";
import { removeMessage } from "../../support/fake-slack/messages.ts";
import { createUser } from "../../support/fake-slack/user.ts";
import { startBot, until } from "./harness.ts";

const SLOW = 20_000;

let bot: Awaited<ReturnType<typeof startBot>>;
let port: SlackPort;
beforeEach(async () => {
  bot = await startBot({ clock: "manual", rates: "on" });
  ({ port } = bot.transport);
  createUser(bot.slack, "UOWNER", { channel: "C9" });
}, SLOW);
afterEach(() => bot.close());

const say = (text: string, more: readonly KnownBlock[] = []): Rendered => ({
  text,
  blocks: [{ type: "section", text: { type: "plain_text", text } }, ...more],
});
const effect = (key: string, kind = "handoff"): Effect => ({ key, kind, revision: 1 });
const post = (text: string, key: string, channel = "C1", threadTs: string | null = null) =>
  port.post({ channel, threadTs, broadcast: false, rendered: say(text), effect: effect(key) });
const texts = (channel = "C1") =>
  bot.slack.workspace.messages.filter((one) => one.channel === channel).map((one) => one.text);
const calls = (method: string) => bot.slack.calls.filter((call) => call.method === method).length;

/** Lets the fake's time run in steps until something is there. */
const passTime = async <T>(what: Promise<T>): Promise<T> => {
  const state = { over: false };
  const done = what.finally(() => {
    state.over = true;
  });
  done.catch(() => {});
  for (let step = 0; step < 400 && !state.over; step++) {
    await bot.slack.clock.advance(250);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return done;
};
const realTime = () => new Promise((resolve) => setTimeout(resolve, 100));

describe("rates", () => {
  test(
    "a limit on one channel keeps no other channel waiting",
    async () => {
      addChannel(bot.slack.workspace, "C2");
      bot.slack.fail("chat.postMessage", { status: 429, retryAfter: 5 });
      const limited = post("one", "a");
      await realTime();
      await post("two", "b", "C2"); // no time has passed
      expect([texts("C1"), texts("C2")]).toEqual([[], ["two"]]);
      await passTime(limited);
      expect(texts("C1")).toEqual(["one"]);
    },
    SLOW,
  );

  test(
    "posts in one channel go out a second apart, in order, and Slack refuses none",
    async () => {
      await passTime(Promise.all(["1", "2", "3", "4"].map((text) => post(text, `k${text}`))));
      expect(texts()).toEqual(["1", "2", "3", "4"]);
      expect([...bot.slack.rates.refused]).toEqual([]);
    },
    SLOW,
  );

  test(
    "what waits longer than ten seconds comes back as an error that says when to try again",
    async () => {
      bot.slack.fail("chat.postMessage", { status: 429, retryAfter: 30 });
      const error = await post("one", "a").catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "SLACK_LIMITED", retryAfterMs: 30_000 });
      await expect(post("two", "b")).rejects.toMatchObject({ code: "SLACK_LIMITED" });
      expect(texts()).toEqual([]);
    },
    SLOW,
  );

  test(
    "a method is called less often than Slack allows, so that nothing is refused",
    async () => {
      const ref = await post("0", "a");
      const edits: Promise<unknown>[] = [];
      for (let at = 1; at <= 45; at++) {
        edits.push(passTime(port.edit(ref, say(`${at}`), effect("a"))));
        await edits.at(-1);
        if (calls("chat.update") >= 40) break;
      }
      expect([...bot.slack.rates.refused]).toEqual([]);
    },
    SLOW,
  );

  test(
    "a dead token parks everything but a try a minute",
    async () => {
      const installation = bot.slack.workspace.installations.get("xoxb-fake");
      if (installation) installation.state = "token_revoked";
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_TOKEN_REVOKED" });
      const tried = calls("chat.postMessage");
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_TOKEN_REVOKED" });
      await expect(port.account("U1")).rejects.toMatchObject({ code: "SLACK_TOKEN_REVOKED" });
      expect([calls("chat.postMessage"), calls("users.info")]).toEqual([tried, 0]);
      if (installation) installation.state = "live";
      await bot.slack.clock.advance(60_000);
      await post("one", "a");
      expect(texts()).toEqual(["one"]);
    },
    SLOW,
  );
});

describe("edits", () => {
  test(
    "of many renderings of one message only the newest waits, and everybody gets its place",
    async () => {
      const ref = await post("0", "a");
      const edits = ["1", "2", "3", "4", "5"].map((text) => port.edit(ref, say(text), effect("a")));
      expect(await Promise.all(edits)).toEqual([ref, ref, ref, ref, ref]);
      expect(texts()).toEqual(["5"]);
      expect(calls("chat.update")).toBeLessThanOrEqual(2);
    },
    SLOW,
  );

  test(
    "a rendering that looks the same is not sent, also after a restart",
    async () => {
      const ref = await post("same", "a");
      await port.edit(ref, say("same"), effect("a"));
      const again = {
        ...say("same"),
        blocks: say("same").blocks.map((one) => ({ ...one, block_id: "new" })),
      };
      await port.edit(ref, again, effect("a"));
      const { dir, slack } = bot;
      await bot.vanish();
      bot = await startBot({ after: { slack, dir } });
      ({ port } = bot.transport);
      await port.edit(ref, say("same"), effect("a"));
      expect(calls("chat.update")).toBe(0);
      await port.edit(ref, say("other"), effect("a"));
      expect(texts()).toEqual(["other"]);
    },
    SLOW,
  );

  test(
    "a run's message is edited at most every three seconds, and a decision does not wait for it",
    async () => {
      const run = await post("run 0", "run/1");
      const handoff = await passTime(post("handoff", "handoff/1"));
      const edit = (text: string) => port.edit(run, say(text), effect("run/1", "run"));
      await edit("run 1");
      const late = edit("run 2");
      await realTime();
      await port.edit(handoff, say("decided"), effect("handoff/1"));
      expect(texts()).toEqual(["run 1", "decided"]);
      await bot.slack.clock.advance(2_900);
      await realTime();
      expect(texts()).toEqual(["run 1", "decided"]);
      await passTime(late);
      expect(texts()).toEqual(["run 2", "decided"]);
    },
    SLOW,
  );

  test(
    "a message that a person deleted is posted anew once, in its thread, and edited there",
    async () => {
      const parent = await post("run", "run/1");
      const ref = await passTime(post("asked", "handoff/1", "C1", parent.ts));
      const message = bot.slack.workspace.messages.find((one) => one.ts === ref.ts);
      if (message) removeMessage(bot.slack.workspace, message);
      const anew = await passTime(port.edit(ref, say("decided"), effect("handoff/1")));
      expect(anew.ts).not.toBe(ref.ts);
      const shown = bot.slack.workspace.messages.filter((one) => one.text === "decided");
      expect(shown).toMatchObject([{ ts: anew.ts, threadTs: parent.ts }]);
      await port.edit(anew, say("done"), effect("handoff/1"));
      expect(texts()).toEqual(["run", "done"]);
    },
    SLOW,
  );
});

describe("a lost answer", () => {
  test(
    "is found again by Slack's own event, and no second message is posted",
    async () => {
      bot.slack.fail("chat.postMessage", { cut: "after" });
      await expect(post("one", "a")).rejects.toMatchObject({
        code: "SLACK_LOST",
        retryAfterMs: 10_000,
      });
      await until("the event", () => bot.slack.events[0]?.outcomes[0]);
      await realTime();
      const ref = await post("one", "a");
      expect(ref.ts).toBe(bot.slack.workspace.messages[0]?.ts);
      expect(texts()).toEqual(["one"]);
      expect(calls("chat.postMessage")).toBe(1);
    },
    SLOW,
  );

  test(
    "without an event is followed by one more post after ten seconds, not earlier",
    async () => {
      bot.slack.workspace.settings.ownMetadataEvents = false;
      bot.slack.fail("chat.postMessage", { cut: "before" });
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      await bot.slack.clock.advance(9_000);
      await expect(post("one", "a")).rejects.toMatchObject({ retryAfterMs: 1_000 });
      expect(texts()).toEqual([]);
      await bot.slack.clock.advance(1_000);
      await post("one", "a");
      expect(texts()).toEqual(["one"]);
    },
    SLOW,
  );

  test.each([{ status: 500 }, { garbage: true as const }])(
    "may hide behind %o, so it is not posted again at once",
    async (fault) => {
      bot.slack.fail("chat.postMessage", fault);
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      expect(calls("chat.postMessage")).toBe(0); // the fault came before the method
    },
    SLOW,
  );

  test(
    "when a message stands twice the younger one is deleted once both are known",
    async () => {
      bot.slack.workspace.settings.ownMetadataEvents = false;
      bot.slack.fail("chat.postMessage", { cut: "after" });
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      await bot.slack.clock.advance(10_000);
      const second = await post("one", "a");
      const [older] = bot.slack.workspace.messages;
      expect(texts()).toEqual(["one", "one"]);
      raisePosted(older?.ts ?? "", "a");
      await until("one message", () => texts().length === 1);
      expect(bot.slack.workspace.messages[0]?.ts).toBe(older?.ts);
      await realTime();
      const ref = await port.edit(second, say("two"), effect("a"));
      expect(ref.ts).toBe(older?.ts);
      expect(texts()).toEqual(["two"]);
      expect(ref.ts).not.toBe(second.ts);
    },
    SLOW,
  );

  test(
    "of a process that died is waited for after the start, then posted once more",
    async () => {
      bot.slack.workspace.settings.ownMetadataEvents = false;
      bot.slack.fail("chat.postMessage", { cut: "after" });
      await post("one", "a").catch(() => {});
      const { dir, slack } = bot;
      await bot.vanish();
      await slack.clock.advance(60_000);
      bot = await startBot({ after: { slack, dir } });
      ({ port } = bot.transport);
      await expect(post("one", "a")).rejects.toMatchObject({ retryAfterMs: 10_000 });
      await slack.clock.advance(10_000);
      await post("one", "a");
      expect(texts()).toEqual(["one", "one"]);
    },
    SLOW,
  );

  test(
    "twice is never followed by a third post, and Slack's event still says where it stands",
    async () => {
      bot.slack.workspace.settings.ownMetadataEvents = false;
      bot.slack.fail("chat.postMessage", { cut: "after", times: 2 });
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      await bot.slack.clock.advance(10_000);
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      await bot.slack.clock.advance(3_600_000);
      await expect(post("one", "a")).rejects.toMatchObject({ retryAfterMs: 600_000 });
      expect(texts()).toEqual(["one", "one"]);
      const [first] = bot.slack.workspace.messages;
      raisePosted(first?.ts ?? "", "a");
      await realTime();
      expect((await passTime(post("one", "a"))).ts).toBe(first?.ts);
      expect(calls("chat.postMessage")).toBe(2);
    },
    SLOW,
  );

  test(
    "is not followed by its second and last post while Slack does not answer at all",
    async () => {
      bot.slack.workspace.settings.ownMetadataEvents = false;
      bot.slack.fail("chat.postMessage", { cut: "before" });
      await expect(post("one", "a")).rejects.toMatchObject({ code: "SLACK_LOST" });
      await bot.slack.clock.advance(10_000);
      bot.slack.fail("auth.test", { status: 500, times: 2 });
      await expect(passTime(post("one", "a"))).rejects.toMatchObject({ retryAfterMs: 10_000 });
      expect(texts()).toEqual([]);
      await bot.slack.clock.advance(10_000);
      await post("one", "a");
      expect(texts()).toEqual(["one"]);
    },
    SLOW,
  );

  test(
    "an event of another app with our key changes nothing",
    async () => {
      const ref = await post("one", "a");
      raisePosted("1.000001", "a", "A_OTHER");
      await realTime();
      expect((await post("two", "a")).ts).toBe(ref.ts);
      expect(texts()).toEqual(["two"]);
    },
    SLOW,
  );

  test(
    "a refusal that nobody here knows is no lost answer: the next try posts",
    async () => {
      bot.slack.fail("chat.postMessage", { error: "team_is_moving" });
      await expect(post("one", "a")).rejects.toMatchObject({ kind: "retryable" });
      await passTime(post("one", "a"));
      expect(texts()).toEqual(["one"]);
    },
    SLOW,
  );
});

const raisePosted = (ts: string, key: string, app = "A1") => {
  bot.slack.raise({
    type: "message_metadata_posted",
    app_id: app,
    channel_id: "C1",
    message_ts: ts,
    metadata: { event_type: "mlpipeline_effect", event_payload: { effect_key: key } },
  });
};

describe("refusals", () => {
  test(
    "a channel that refuses the bot is told to the owner by direct message, once a day",
    async () => {
      bot.slack.workspace.channels.get("C1")?.members.delete("UBOT");
      for (let at = 0; at < 3; at++)
        await expect(passTime(post("one", "a"))).rejects.toMatchObject({
          code: "SLACK_NOT_IN_CHANNEL",
          next: expect.stringContaining("/invite"),
        });
      expect(texts("DUOWNER")).toEqual([expect.stringContaining("/invite @mlpipeline")]);
      await bot.slack.clock.advance(86_400_000);
      await passTime(post("one", "a")).catch(() => {});
      expect(texts("DUOWNER")).toHaveLength(2);
    },
    SLOW,
  );

  test(
    "a block that the workspace does not have is followed by the plainer form, remembered for a day",
    async () => {
      bot.slack.workspace.missingBlocks.add("table");
      const table = {
        type: "table",
        rows: [[{ type: "raw_text", text: "a" }], [{ type: "raw_text", text: "b" }]],
      } as unknown as KnownBlock;
      const rich = (text: string): Rendered => ({
        ...say(text, [table]),
        fallback: say(text, [{ type: "divider" }]),
      });
      const message = { channel: "C1", threadTs: null, broadcast: false };
      await passTime(port.post({ ...message, rendered: rich("one"), effect: effect("a") }));
      expect(bot.slack.workspace.messages[0]?.blocks.map(({ type }) => type)).toEqual([
        "section",
        "divider",
      ]);
      expect(calls("chat.postMessage")).toBe(2);
      await passTime(port.post({ ...message, rendered: rich("two"), effect: effect("b") }));
      expect(calls("chat.postMessage")).toBe(3);
      bot.slack.workspace.missingBlocks.clear();
      await bot.slack.clock.advance(86_400_000);
      await port.post({ ...message, rendered: rich("three"), effect: effect("c") });
      expect(bot.slack.workspace.messages[2]?.blocks.map(({ type }) => type)).toEqual([
        "section",
        "table",
      ]);
      bot.slack.expectNoViolations(/table/);
    },
    SLOW,
  );

  test(
    "somebody who is not in the channel is told by direct message",
    async () => {
      createUser(bot.slack, "U7", { joins: false });
      await port.tell({ channel: "C1", user: "U7", threadTs: null }, say("only for you"));
      expect(texts("DU7")).toEqual(["only for you"]);
      await passTime(port.tell({ channel: "", user: "U7", threadTs: null }, say("from a modal")));
      expect(texts("DU7")).toEqual(["only for you", "from a modal"]);
    },
    SLOW,
  );
});

describe("people and files", () => {
  test(
    "an account says guest, bot, deactivated and zone",
    async () => {
      createUser(bot.slack, "U2", { account: { guest: "single", tz: "Asia/Tokyo" } });
      expect(await port.account("U2")).toMatchObject({
        team: "T1",
        user: "U2",
        tz: "Asia/Tokyo",
        guest: true,
        bot: false,
        deleted: false,
        foreign: false,
      });
    },
    SLOW,
  );

  test(
    "a user group that Slack does not list is empty, and one that it lists is kept for five minutes",
    async () => {
      bot.slack.workspace.groups.set("S1", { id: "S1", members: ["U1"], fails: "service_down" });
      expect(await port.groupMembers("S1")).toEqual([]);
      bot.slack.workspace.groups.set("S1", { id: "S1", members: ["U1"], fails: null });
      expect(await port.groupMembers("S1")).toEqual(["U1"]);
      bot.slack.workspace.groups.set("S1", { id: "S1", members: ["U2"], fails: null });
      expect(await port.groupMembers("S1")).toEqual(["U1"]);
      await bot.slack.clock.advance(300_000);
      expect(await port.groupMembers("S1")).toEqual(["U2"]);
    },
    SLOW,
  );

  test(
    "files go into a thread in one message, and come back byte for byte",
    async () => {
      const parent = await post("run", "run/1");
      const bytes = new TextEncoder().encode("# report\n");
      const files = [
        { name: "report.md", title: "Report", bytes },
        { name: "diff.patch", title: "Diff", bytes },
      ];
      const ids = await passTime(
        port.upload({ channel: "C1", threadTs: parent.ts }, files, "Evidence"),
      );
      expect(ids).toHaveLength(2);
      const shared = bot.slack.workspace.messages.filter((one) => one.files.length > 0);
      expect(shared).toMatchObject([{ threadTs: parent.ts, files: ids }]);
      const got = await port.download(ids[0] ?? "");
      expect([got.name, new TextDecoder().decode(got.bytes)]).toEqual(["report.md", "# report\n"]);
    },
    SLOW,
  );
});
