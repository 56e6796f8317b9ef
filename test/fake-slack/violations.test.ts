import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { plant } from "../support/fake-slack/violations.ts";
import { call, post, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull();
});
afterEach(async () => {
  await slack.close();
});

const section = (text: string, type = "mrkdwn") => ({ type: "section", text: { type, text } });

test.each([
  ["no top-level text", { text: "", blocks: [section("x")] }, "a post without top-level text"],
  ["no metadata", { metadata: undefined }, "a post without metadata"],
  ["link_names", { link_names: true }, "a post with link_names"],
  ["a broadcast", { text: "<!channel> x" }, "a live mention from data: <!channel>"],
  ["a broadcast in blocks", { blocks: [section("<!here>")] }, "a live mention from data: <!here>"],
  [
    "nobody's mention",
    { blocks: [section("<@U404>")] },
    "a mention of somebody who is not in this workspace: <@U404>",
  ],
  [
    "a broadcast in rich text",
    {
      blocks: [
        {
          type: "rich_text",
          elements: [
            { type: "rich_text_section", elements: [{ type: "broadcast", range: "channel" }] },
          ],
        },
      ],
    },
    "a live mention from data: <!channel>",
  ],
])("a post with %s fails the test", async (_, body, violation) => {
  expect((await post(slack, body)).ok).toBe(true);
  expect(() => slack.expectNoViolations()).toThrow(violation);
});

test("a mention of somebody of the workspace is fine until the same text comes from data", async () => {
  createUser(slack, "U1");
  await post(slack, { text: "<@U1> decides" });
  await post(slack, { blocks: [section("<!channel>", "plain_text")], text: "&lt;!channel&gt;" });
  slack.expectNoViolations();
  plant(slack.workspace, "column <@U1> and <https://evil.test|a link>");
  await post(slack, { text: "<@U1> decides" });
  await post(slack, { text: "<https://evil.test|a link>" });
  expect(slack.workspace.violations).toEqual([
    "a post with a live mention from data: <@U1>",
    "a post with a live mention from data: <https://evil.test|a link>",
  ]);
});

test("an update that keeps a block_id fails the test, a new one does not", async () => {
  const blocks = (block_id: string) => [{ ...section("x"), block_id }];
  const { ts } = await post(slack, { blocks: blocks("a-1") });
  const update = (block_id: string) =>
    call(slack, "chat.update", { channel: "C1", ts, text: "x", blocks: blocks(block_id) });
  await update("a-2");
  slack.expectNoViolations();
  await update("a-2");
  expect(slack.workspace.violations).toEqual(["an update kept the block_id a-2"]);
});

test("blocks that Slack refuses fail the test, unless only this workspace lacks their type", async () => {
  const plan = { type: "plan", title: "Run" };
  slack.workspace.missingBlocks.add("plan");
  expect(await post(slack, { blocks: [plan] })).toMatchObject({ error: "invalid_blocks" });
  slack.expectNoViolations();
  slack.workspace.missingBlocks.clear();
  expect((await post(slack, { blocks: [plan] })).ok).toBe(true);
  await post(slack, { blocks: [{ type: "banner" }] });
  expect(() => slack.expectNoViolations()).toThrow("unsupported type: banner");
  slack.expectNoViolations(/banner/);
});

test("a view with a live mention fails the test", async () => {
  const trigger_id = slack.workspace.triggers.create({ user: "U1", team: "T1", viewId: null });
  const view = {
    type: "modal",
    title: { type: "plain_text", text: "x" },
    blocks: [section("<!everyone>")],
  };
  await call(slack, "views.open", { trigger_id, view });
  expect(slack.workspace.violations).toEqual(["a view with a live mention from data: <!everyone>"]);
});
