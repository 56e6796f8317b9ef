import type { App } from "@slack/bolt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addChannel } from "../support/fake-slack/channels.ts";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { createUser, type FakeUser } from "../support/fake-slack/user.ts";
import { MODES, type RunningApp, startBoltApp } from "./bolt-app.ts";
import { METADATA, startFull } from "./call.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const option = (text: string) => ({ text: plain(text), value: text.toLowerCase() });

const FORM = {
  type: "modal" as const,
  callback_id: "form",
  title: plain("Start"),
  submit: plain("Go"),
  close: plain("Cancel"),
  notify_on_close: true,
  private_metadata: "p",
  blocks: [
    {
      type: "input" as const,
      block_id: "goal",
      label: plain("Goal"),
      element: {
        type: "plain_text_input" as const,
        action_id: "text",
        max_length: 10,
        min_length: 2,
      },
    },
    {
      type: "input" as const,
      block_id: "severity",
      label: plain("Severity"),
      optional: true,
      element: {
        type: "radio_buttons" as const,
        action_id: "radio",
        options: [option("Must"), option("Nice")],
        initial_option: option("Nice"),
      },
    },
    {
      type: "input" as const,
      block_id: "budget",
      label: plain("Budget"),
      optional: true,
      element: {
        type: "number_input" as const,
        action_id: "usd",
        is_decimal_allowed: false,
        max_value: "100",
      },
    },
    {
      type: "input" as const,
      block_id: "place",
      label: plain("Channel"),
      optional: true,
      element: {
        type: "conversations_select" as const,
        action_id: "channel",
        filter: { include: ["public" as const], exclude_external_shared_channels: true },
        default_to_current_conversation: true,
      },
    },
    {
      type: "input" as const,
      block_id: "owner",
      label: plain("Owner"),
      optional: true,
      element: { type: "users_select" as const, action_id: "user" },
    },
    {
      type: "input" as const,
      block_id: "data",
      label: plain("Dataset"),
      optional: true,
      element: { type: "external_select" as const, action_id: "dataset", min_query_length: 2 },
    },
    {
      type: "input" as const,
      block_id: "file",
      label: plain("File"),
      optional: true,
      element: { type: "file_input" as const, action_id: "file", max_files: 1, filetypes: ["csv"] },
    },
  ],
};

interface Seen {
  readonly kind: string;
  readonly body: Record<string, unknown>;
}

const buttons = (...elements: object[]) => [{ type: "actions" as const, elements }];

describe.each(MODES)("a person over %s", (mode) => {
  let slack: FakeSlack;
  let running: RunningApp;
  let user: FakeUser;
  let seen: Seen[];
  let answer: object;

  const register = (app: App) => {
    const see = (kind: string, body: unknown) => {
      seen.push({ kind, body: structuredClone(body) as Record<string, unknown> });
    };
    app.command("/fake", async ({ ack, body }) => {
      see("command", body);
      await ack(body.text === "shout" ? "<!channel>" : `heard ${body.text}`);
    });
    app.action("open", async ({ ack, body, client }) => {
      see("action", body);
      await ack();
      if ("trigger_id" in body)
        await client.views.open({ trigger_id: body.trigger_id, view: FORM });
    });
    app.action(/^(menu|silent|radio)$/, async ({ ack, body, action, respond }) => {
      see("action", { body, action });
      await ack();
      if (action.type === "overflow") await respond({ text: "chosen", replace_original: false });
    });
    app.options("dataset", async ({ ack }) =>
      ack({ options: [option("Birds"), option("Planes")] }),
    );
    app.view("form", async ({ ack, body }) => {
      see("submit", body);
      await ack(answer as { response_action: "clear" });
    });
    app.view({ callback_id: "form", type: "view_closed" }, async ({ ack, body }) => {
      see("closed", body);
      await ack();
    });
    app.event("app_mention", async ({ event }) => see("mention", event));
    app.message(async ({ event }) => see("dm", event));
    app.event("app_home_opened", async ({ event, client }) => {
      see("home", event);
      await client.views.publish({
        user_id: event.user,
        view: { type: "home", blocks: [{ type: "header", text: plain("Waiting for you") }] },
      });
    });
    app.shortcut("start_it", async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: FORM });
    });
    app.shortcut("look_at_it", async ({ ack, body }) => {
      see("message shortcut", body);
      await ack();
    });
  };

  beforeEach(async () => {
    seen = [];
    answer = {};
    slack = await startFull({ clock: "real" });
    user = createUser(slack, "U1");
    running = await startBoltApp(slack, mode, register);
  }, 20_000);
  afterEach(async () => {
    await running.stop();
    await slack.close();
  });

  const say = (more: object = {}) =>
    running.app.client.chat.postMessage({
      channel: "C1",
      text: "Handoff 1",
      metadata: METADATA,
      blocks: buttons({ type: "button", text: plain("Open…"), action_id: "open", value: "v1" }),
      ...more,
    } as Parameters<App["client"]["chat"]["postMessage"]>[0]);
  const openForm = async () => {
    await say();
    await user.click("Open…");
  };
  const last = (kind: string) => seen.findLast((one) => one.kind === kind)?.body;

  test("a slash command arrives with names escaped and its answer is seen by the person alone", async () => {
    createUser(slack, "U2", { account: { name: "bob" } });
    await user.slash("status @bob #ml");
    expect(last("command")).toMatchObject({
      command: "/fake",
      text: "status <@U2|bob> <#C1|ml>",
      user_id: "U1",
      channel_id: "C1",
      team_id: "T1",
    });
    expect(user.lastEphemeral()).toContain("heard status");
    expect(createUser(slack, "U2").text()).not.toContain("heard");
  });

  test("an answer in the acknowledgement is held to the rules of any message", async () => {
    await user.slash("shout");
    expect(slack.workspace.violations).toEqual([
      "a response with a live mention from data: <!channel>",
    ]);
  });

  test("the bot can be named only where it is", async () => {
    addChannel(slack.workspace, "C9", { members: ["U1"] });
    user.goTo("C9");
    await expect(user.mention("hi")).rejects.toThrow("the bot is not in c9");
  });

  test("a click carries message, value and trigger, and the modal that it opens is on the screen", async () => {
    const posted = await say();
    await user.click("Open…");
    expect(last("action")).toMatchObject({
      type: "block_actions",
      user: { id: "U1", team_id: "T1" },
      channel: { id: "C1" },
      container: { type: "message", message_ts: posted.ts },
      message: { ts: posted.ts, metadata: METADATA },
      actions: [{ action_id: "open", value: "v1", type: "button" }],
    });
    expect(user.text()).toContain("Goal");
    await expect(user.click("Open…")).rejects.toThrow('nobody sees a button "Open…"');
    await expect(user.slash("x")).rejects.toThrow("a modal covers");
    slack.expectNoViolations();
  });

  test("a person outside the channel sees nothing there", async () => {
    await say();
    const outside = createUser(slack, "U7", { joins: false });
    await expect(outside.click("Open…")).rejects.toThrow("nobody sees");
    await expect(outside.slash("x")).rejects.toThrow("is not in C1");
  });

  test("the client sends a form only when it is filled as its inputs ask", async () => {
    await openForm();
    await expect(user.submit()).rejects.toThrow('"Goal" is required');
    await expect(user.fill("Goal", "far too long a goal")).rejects.toThrow("at most 10");
    await expect(user.fill("Nothing", "x")).rejects.toThrow('an input "Nothing"');
    await expect(user.fill("Budget", "1.5")).rejects.toThrow("whole number");
    await expect(user.fill("Budget", "101")).rejects.toThrow("at most 100");
    await user.fill("Goal", "x");
    await expect(user.submit()).rejects.toThrow("at least 2");
    expect(last("submit")).toBeUndefined();
  });

  test("a submission carries the state of every input, touched or not", async () => {
    const csv = { name: "d.csv", bytes: Buffer.from("a,b") };
    addChannel(slack.workspace, "C8", { name: "partners", external: true });
    addChannel(slack.workspace, "C9", { name: "old", archived: true });
    createUser(slack, "U2", { account: { name: "bob" } });
    await openForm();
    await user.fill("Goal", "birds");
    await user.fill("Budget", "42");
    await user.pick("Owner", "@bob");
    await user.pick("Dataset", "Birds");
    await user.attach("File", [csv]);
    await expect(user.pick("Channel", "partners")).rejects.toThrow('no channel "partners"');
    await expect(user.pick("Channel", "old")).rejects.toThrow('no channel "old"');
    await expect(user.pick("Dataset", "F")).rejects.toThrow("after 2 characters");
    await expect(user.attach("File", [csv, csv])).rejects.toThrow("at most 1 files");
    await expect(user.pick("Dataset", "Fish")).rejects.toThrow("Birds, Planes");
    await expect(user.attach("File", [{ name: "d.exe", bytes: Buffer.from("") }])).rejects.toThrow(
      "takes no d.exe",
    );
    expect(await user.submit()).toEqual({});
    expect(last("submit")).toMatchObject({
      view: {
        private_metadata: "p",
        callback_id: "form",
        state: {
          values: {
            goal: { text: { type: "plain_text_input", value: "birds" } },
            severity: { radio: { selected_option: { value: "nice" } } },
            budget: { usd: { value: "42" } },
            place: { channel: { selected_conversation: "C1" } },
            owner: { user: { selected_user: "U2" } },
            data: { dataset: { selected_option: { value: "birds" } } },
            file: { file: { files: [{ name: "d.csv", size: 3 }] } },
          },
        },
      },
    });
    expect(user.view()).toBeNull();
    slack.expectNoViolations();
  });

  test("a menu offers a private channel only to those who are in it", async () => {
    const menu = { type: "conversations_select", action_id: "menu", placeholder: plain("Where") };
    await say({ blocks: buttons(menu) });
    const secret = addChannel(slack.workspace, "C7", { name: "secret", kind: "private" });
    await expect(user.choose("secret", "Where")).rejects.toThrow('no channel "secret"');
    secret.members.add("U1");
    await user.choose("secret", "Where");
    expect(last("action")).toMatchObject({ action: { selected_conversation: "C7" } });
  });

  test("errors stand under their fields, and the form stays with what was typed", async () => {
    await openForm();
    await user.fill("Goal", "birds");
    answer = { response_action: "errors", errors: { goal: "too vague" } };
    await user.submit();
    expect(user.errors()).toEqual({ Goal: "too vague" });
    answer = {};
    await user.submit();
    expect(user.view()).toBeNull();
    slack.expectNoViolations();
  });

  test.each([
    ["errors for a block that no input has", { response_action: "errors", errors: { nope: "x" } }],
    ["errors without words", { response_action: "errors", errors: { goal: "" } }],
    ["an unknown action", { response_action: "shout" }],
    ["a view that Slack refuses", { response_action: "update", view: { type: "modal" } }],
  ])("after %s the person reads of trouble and the test fails", async (_, wrong) => {
    await openForm();
    await user.fill("Goal", "birds");
    answer = wrong;
    await user.submit();
    expect(user.notice()).toContain("trouble connecting");
    expect(user.view()).not.toBeNull();
    expect(() => slack.expectNoViolations()).toThrow("a submission answered with");
  });

  test("a submission can update its view, push another, or clear them all", async () => {
    const next = { ...FORM, title: plain("Next"), clear_on_close: true };
    await openForm();
    await user.fill("Goal", "birds");
    answer = { response_action: "update", view: next };
    await user.submit();
    expect(user.text()).toContain("Next");
    answer = { response_action: "push", view: FORM };
    await user.submit();
    expect(slack.workspace.views).toHaveLength(2);
    await user.back();
    expect(last("closed")).toMatchObject({ is_cleared: false });
    expect(slack.workspace.views).toHaveLength(1);
    answer = { response_action: "clear" };
    await user.submit();
    expect(user.view()).toBeNull();
    slack.expectNoViolations();
  });

  test("closing tells the app where it asked for that", async () => {
    await openForm();
    await user.close();
    expect(last("closed")).toMatchObject({ type: "view_closed", is_cleared: false });
    await expect(user.submit()).rejects.toThrow("no view is open");
  });

  test("an overflow entry and a confirmation are used as they are read", async () => {
    const confirm = {
      title: plain("Sure?"),
      text: plain("It stops"),
      confirm: plain("Yes"),
      deny: plain("No"),
    };
    await say({
      blocks: buttons({
        type: "overflow",
        action_id: "menu",
        options: [option("Pause"), option("Follow")],
        confirm,
      }),
    });
    await user.choose("Pause");
    expect(user.dialog()).toContain("It stops");
    expect(last("action")).toBeUndefined();
    user.dismiss();
    await expect(user.confirm()).rejects.toThrow("no dialog");
    await user.choose("Pause");
    await user.confirm();
    expect(last("action")).toMatchObject({ action: { selected_option: { value: "pause" } } });
    await expect(user.choose("Delete")).rejects.toThrow('a menu with "Delete"');
    slack.expectNoViolations();
  });

  test("a button that is there several times is found by what stands near it", async () => {
    const row = (text: string) => [
      { type: "section", text: plain(text) },
      ...buttons({ type: "button", text: plain("Open…"), action_id: "open", value: text }),
    ];
    await say({ blocks: [...row("birds"), ...row("planes")] });
    await expect(user.click("Open…")).rejects.toThrow("several times");
    await user.click("Open…", { near: "planes" });
    expect(last("action")).toMatchObject({ actions: [{ value: "planes" }] });
  });

  test("what has changed can be clicked only on a screenshot", async () => {
    const { ts = "" } = await say();
    const before = user.screenshot();
    await running.app.client.chat.update({ channel: "C1", ts, text: "decided", blocks: [] });
    await expect(user.click("Open…")).rejects.toThrow("nobody sees");
    await user.click("Open…", { on: before });
    expect(last("action")).toMatchObject({ message: { ts }, actions: [{ value: "v1" }] });
  });

  test("a click that shows nothing fails the test", async () => {
    await say({
      blocks: buttons({ type: "button", text: plain("Hush"), action_id: "silent", value: "1" }),
    });
    await createUser(slack, "U1", { answerMs: 100 }).click("Hush");
    expect(slack.workspace.violations).toEqual(['nothing was shown after a click on "Hush"']);
  }, 20_000);

  test("a click that nobody acknowledges fails the test", async () => {
    await say({
      blocks: buttons({ type: "button", text: plain("Lost"), action_id: "unknown", value: "1" }),
    });
    const clicking = user.click("Lost");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await slack.clock.advance(3_000);
    await clicking;
    expect(slack.workspace.violations).toEqual([
      expect.stringMatching(/^a click on "Lost" without acknowledgement/),
    ]);
    expect(user.notice()).toContain("did not work");
  }, 20_000);

  test("mentions, direct messages and Home reach the app as events", async () => {
    await say();
    await user.mention("status", "Handoff 1");
    await expect
      .poll(() => last("mention"))
      .toMatchObject({
        text: "<@UBOT> status",
        channel: "C1",
        thread_ts: slack.workspace.messages[0]?.ts,
      });
    await user.dm("hello");
    await expect
      .poll(() => last("dm"))
      .toMatchObject({ text: "hello", channel: "DU1", channel_type: "im" });
    await user.openHome();
    await user.sees("Waiting for you");
    slack.expectNoViolations();
  });

  test("shortcuts are found by their names, the message one on a message", async () => {
    await say();
    await user.shortcut("Look at it", "Handoff");
    expect(last("message shortcut")).toMatchObject({
      type: "message_action",
      message: { text: "Handoff 1" },
    });
    await expect(user.shortcut("Look at it")).rejects.toThrow("no global shortcut");
    await user.shortcut("Start it");
    await user.sees("Goal");
  });

  test("what a person types may not come back alive", async () => {
    await openForm();
    await user.fill("Goal", "<!here>");
    await user.submit();
    await user.slash("x");
    slack.expectNoViolations();
    await say({ text: "goal: <!here>" });
    expect(() => slack.expectNoViolations()).toThrow("<!here>");
  });
});
