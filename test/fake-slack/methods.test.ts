import { afterEach, beforeEach, expect, test } from "vitest";
import { addChannel } from "../support/fake-slack/channels.ts";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { startFakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { call, METADATA, post, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull();
});
afterEach(async () => {
  await slack.close();
});

test.each([
  ["", "not_authed"],
  ["xoxb-other", "invalid_auth"],
  ["xapp-fake", "not_allowed_token_type"],
])("a call with the token %j is refused with %s", async (token, error) => {
  expect(await call(slack, "auth.test", {}, token)).toMatchObject({ ok: false, error });
});

test("an app token opens sockets and a bot token does not", async () => {
  const opened = await call(slack, "apps.connections.open", {}, slack.workspace.appToken);
  expect(opened).toMatchObject({ ok: true, url: expect.stringMatching(/^ws:\/\/127/) });
  expect(await call(slack, "apps.connections.open")).toMatchObject({
    error: "not_allowed_token_type",
  });
});

test.each(["token_revoked", "token_expired", "account_inactive"] as const)(
  "an installation that is %s refuses every call",
  async (state) => {
    const installed = slack.workspace.installations.get(slack.workspace.botToken);
    if (installed) installed.state = state;
    expect(await post(slack)).toMatchObject({ ok: false, error: state });
  },
);

test("a scope that the manifest does not ask for is missing, and Slack says which", async () => {
  const small = await startFakeSlack({ manifest: "test/fake-slack/small-manifest.yml" });
  const response = await fetch(`${small.url}users.info`, {
    method: "POST",
    headers: { authorization: "Bearer xoxb-fake" },
  });
  expect(await response.json()).toMatchObject({
    error: "missing_scope",
    needed: "users:read",
    provided: "commands,chat:write",
  });
  expect(response.headers.get("x-oauth-scopes")).toBe("commands,chat:write");
  expect(response.headers.get("x-accepted-oauth-scopes")).toBe("users:read");
  await small.close();
});

test("optional scopes can be withheld", async () => {
  const without = await startFull({ optionalScopes: false });
  expect(await call(without, "usergroups.users.list", { usergroup: "S1" })).toMatchObject({
    error: "missing_scope",
  });
  await without.close();
});

test("an unknown method and a forbidden one are both unknown, and the forbidden one fails the test", async () => {
  expect(await call(slack, "chat.shout")).toMatchObject({ error: "unknown_method" });
  slack.expectNoViolations();
  expect(await call(slack, "conversations.history", { channel: "C1" })).toMatchObject({
    error: "unknown_method",
  });
  expect(() => slack.expectNoViolations()).toThrow("conversations.history was called");
});

test("a form and a multipart body are read like JSON, and a text that looks like a list stays text", async () => {
  const headers = { authorization: "Bearer xoxb-fake" };
  const fields = { channel: "C1", text: "[1]", metadata: JSON.stringify(METADATA) };
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  for (const body of [new URLSearchParams(fields), form]) {
    const response = await fetch(`${slack.url}chat.postMessage`, { method: "POST", headers, body });
    expect(await response.json()).toMatchObject({ ok: true, message: { text: "[1]" } });
  }
  const broken = await fetch(`${slack.url}chat.postMessage`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: "{",
  });
  expect(await broken.json()).toMatchObject({ error: "invalid_json" });
});

test.each([
  ["channel_not_found", { channel: "C404" }],
  ["is_archived", { channel: "CARCHIVED" }],
  ["not_in_channel", { channel: "COUT" }],
  ["restricted_action", { channel: "CADMIN" }],
  ["thread_not_found", { thread_ts: "1.000001" }],
  ["no_text", { text: "" }],
  ["msg_too_long", { text: "x".repeat(40_001) }],
  ["invalid_metadata_format", { metadata: { event_type: "" } }],
  ["invalid_metadata_schema", { metadata: { event_type: "e", event_payload: { deep: {} } } }],
])("a post is refused with %s", async (error, body) => {
  addChannel(slack.workspace, "CARCHIVED", { archived: true });
  addChannel(slack.workspace, "COUT", { members: [] });
  addChannel(slack.workspace, "CADMIN", { restricted: true });
  expect(await post(slack, body)).toMatchObject({ ok: false, error });
  expect(slack.workspace.messages).toEqual([]);
});

test("blocks longer than 13,000 characters together are refused although each is fine", async () => {
  const block = { type: "section", text: { type: "plain_text", text: "x".repeat(3000) } };
  const blocks = [block, block, block, block, block];
  expect(await post(slack, { blocks })).toMatchObject({ error: "msg_blocks_too_long" });
});

test("every message of a channel has its own time stamp, and a reply's is no thread", async () => {
  const first = await post(slack);
  const second = await post(slack, { thread_ts: first.ts });
  expect(second.ts).not.toBe(first.ts);
  expect(await post(slack, { thread_ts: second.ts })).toMatchObject({ error: "thread_not_found" });
});

test("only the app's own message can be updated or deleted, and only while it is there", async () => {
  const { ts } = await post(slack);
  expect(await call(slack, "chat.update", { channel: "C1", ts, text: "new" })).toMatchObject({
    ok: true,
    text: "new",
  });
  const user = createUser(slack, "U1");
  await user.mention("hi");
  const theirs = slack.workspace.messages.at(-1)?.ts;
  expect(await call(slack, "chat.update", { channel: "C1", ts: theirs, text: "x" })).toMatchObject({
    error: "cant_update_message",
  });
  expect(await call(slack, "chat.delete", { channel: "C1", ts: theirs })).toMatchObject({
    error: "cant_delete_message",
  });
  expect(await call(slack, "chat.delete", { channel: "C1", ts })).toMatchObject({ ok: true });
  expect(await call(slack, "chat.update", { channel: "C1", ts, text: "x" })).toMatchObject({
    error: "message_not_found",
  });
});

test("an ephemeral reaches a member only and cannot be edited as a message", async () => {
  createUser(slack, "U1");
  createUser(slack, "U2", { joins: false });
  const shown = await call(slack, "chat.postEphemeral", {
    channel: "C1",
    user: "U1",
    text: "psst",
  });
  expect(shown.ok).toBe(true);
  expect(
    await call(slack, "chat.postEphemeral", { channel: "C1", user: "U2", text: "psst" }),
  ).toMatchObject({ error: "user_not_in_channel" });
  expect(
    await call(slack, "chat.update", { channel: "C1", ts: shown.message_ts, text: "x" }),
  ).toMatchObject({ error: "message_not_found" });
});

test("metadata is stored and told to subscribers of its type, unless own posts are switched off", async () => {
  const { ts } = await post(slack);
  expect(slack.workspace.messages[0]?.metadata).toEqual(METADATA);
  await post(slack, { metadata: { ...METADATA, event_type: "other" } });
  slack.workspace.settings.ownMetadataEvents = false;
  await post(slack);
  expect(slack.events.map(({ event }) => event)).toMatchObject([
    { type: "message_metadata_posted", channel_id: "C1", message_ts: ts, metadata: METADATA },
  ]);
});

test("accounts, groups and direct messages are what the workspace says", async () => {
  createUser(slack, "U1", { account: { guest: "single", tz: "Asia/Kolkata", team: "T9" } });
  createUser(slack, "UGONE", { account: { deleted: true } });
  createUser(slack, "UROBOT", { account: { bot: true } });
  expect(await call(slack, "users.info", { user: "U1" })).toMatchObject({
    user: { is_restricted: true, is_ultra_restricted: true, is_stranger: true, tz_offset: 19800 },
  });
  expect(await call(slack, "users.info", { user: "U404" })).toMatchObject({
    error: "user_not_found",
  });
  slack.workspace.groups.set("S1", { id: "S1", members: ["U1"], fails: null });
  expect(await call(slack, "usergroups.users.list", { usergroup: "S1" })).toMatchObject({
    users: ["U1"],
  });
  expect(await call(slack, "usergroups.users.list", { usergroup: "S2" })).toMatchObject({
    error: "no_such_subteam",
  });
  const opened = await call(slack, "conversations.open", { users: "U1" });
  expect(opened).toMatchObject({ channel: { id: "DU1" } });
  expect(await post(slack, { channel: "DU1" })).toMatchObject({ ok: true });
  expect(await call(slack, "conversations.open", { users: "UGONE" })).toMatchObject({
    error: "user_disabled",
  });
  expect(await call(slack, "conversations.open", { users: "UROBOT" })).toMatchObject({
    error: "cannot_dm_bot",
  });
  expect(await call(slack, "conversations.info", { channel: "C1" })).toMatchObject({
    channel: { name: "ml", is_member: true },
  });
});

test("a permalink is given for a message that is there", async () => {
  const { ts } = await post(slack);
  expect(await call(slack, "chat.getPermalink", { channel: "C1", message_ts: ts })).toMatchObject({
    permalink: expect.stringContaining("/archives/C1/p"),
  });
  expect(
    await call(slack, "chat.getPermalink", { channel: "C1", message_ts: "1.1" }),
  ).toMatchObject({ error: "message_not_found" });
});

test("blocks can be validated without being sent", async () => {
  const blocks = [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }];
  expect(await call(slack, "blocks.validate", { blocks })).toMatchObject({
    error: "invalid_blocks",
    errors: ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
  });
  expect(await call(slack, "blocks.validate", { blocks: [{ type: "divider" }] })).toMatchObject({
    ok: true,
  });
});

test("in direct messages the app is told of its own posts, edits and deletions", async () => {
  createUser(slack, "U1");
  await call(slack, "conversations.open", { users: "U1" });
  const { ts } = await post(slack, { channel: "DU1", metadata: { ...METADATA, event_type: "x" } });
  await call(slack, "chat.update", { channel: "DU1", ts, text: "new" });
  await call(slack, "chat.delete", { channel: "DU1", ts });
  expect(slack.events.map(({ event }) => event)).toMatchObject([
    { type: "message", channel_type: "im", bot_id: "BBOT", user: "UBOT", ts },
    { subtype: "message_changed", message: { ts, text: "new" } },
    { subtype: "message_deleted", deleted_ts: ts },
  ]);
});

test("an update without blocks keeps them, and an empty list takes them away", async () => {
  const { ts } = await post(slack, { blocks: [{ type: "divider" }] });
  const update = (more: object) =>
    call(slack, "chat.update", { channel: "C1", ts, text: "x", ...more });
  await update({});
  expect(slack.workspace.messages[0]?.blocks).toMatchObject([{ type: "divider" }]);
  await update({ blocks: [] });
  expect(slack.workspace.messages[0]?.blocks).toEqual([]);
});
