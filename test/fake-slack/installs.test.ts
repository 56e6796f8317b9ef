import { afterEach, beforeEach, expect, test } from "vitest";
import { addChannel } from "../support/fake-slack/channels.ts";
import { deleteMessage, removeMember } from "../support/fake-slack/moderation.ts";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { call, METADATA, post, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull({ manifest: "test/fake-slack/rotating-manifest.yml" });
});
afterEach(async () => {
  await slack.close();
});

const access = (more: object) =>
  call(
    slack,
    "oauth.v2.access",
    { client_id: "1.2", client_secret: "fake-client-secret", ...more },
    "",
  );

test("a code is exchanged once, by the client that owns the app", async () => {
  const code = slack.installs.authorize("T2");
  expect(await access({ code, client_secret: "no" })).toMatchObject({ error: "bad_client_secret" });
  expect(await access({ code, client_id: "no" })).toMatchObject({ error: "invalid_client_id" });
  expect(await access({ code: "made-up" })).toMatchObject({ error: "invalid_code" });
  const granted = await access({ code });
  expect(granted).toMatchObject({
    ok: true,
    team: { id: "T2" },
    is_enterprise_install: false,
    expires_in: 43_200,
    scope: "chat:write",
  });
  expect(await access({ code })).toMatchObject({ error: "code_already_used" });
  expect(await call(slack, "auth.test", {}, String(granted.access_token))).toMatchObject({
    team_id: "T2",
  });
});

test("a token expires after twelve hours, and a refresh token works once", async () => {
  const granted = await access({ code: slack.installs.authorize("T2") });
  await slack.clock.advance(12 * 3_600_000 + 1);
  expect(await call(slack, "auth.test", {}, String(granted.access_token))).toMatchObject({
    error: "token_expired",
  });
  const refresh = { grant_type: "refresh_token", refresh_token: granted.refresh_token };
  const renewed = await access(refresh);
  expect((await call(slack, "auth.test", {}, String(renewed.access_token))).ok).toBe(true);
  expect(await access(refresh)).toMatchObject({ error: "invalid_refresh_token" });
});

test("an organisation's installation names the enterprise and no team", async () => {
  expect(await access({ code: slack.installs.authorize("E1", true) })).toMatchObject({
    team: null,
    enterprise: { id: "E1" },
    is_enterprise_install: true,
  });
});

test("one workspace's token reaches no channel of another", async () => {
  const token = slack.installs.add("T2");
  addChannel(slack.workspace, "C2", { team: "T2", members: ["UBOTT2"] });
  const body = { text: "x", metadata: METADATA };
  expect(await call(slack, "chat.postMessage", { ...body, channel: "C1" }, token)).toMatchObject({
    error: "channel_not_found",
  });
  expect(await call(slack, "chat.postMessage", { ...body, channel: "C2" }, token)).toMatchObject({
    ok: true,
  });
  expect(await post(slack, { channel: "C2" })).toMatchObject({ error: "channel_not_found" });
});

test("revoking and uninstalling end the tokens and tell the app", async () => {
  const token = slack.installs.add("T2");
  slack.installs.uninstall("T2");
  slack.installs.revoke();
  expect(await call(slack, "auth.test", {}, token)).toMatchObject({ error: "account_inactive" });
  expect(await call(slack, "auth.test")).toMatchObject({ error: "token_revoked" });
  expect(slack.events.map(({ event }) => event.type)).toEqual([
    "app_uninstalled",
    "tokens_revoked",
  ]);
});

test("a message that a person deleted is not found, and a channel without the bot takes no post", async () => {
  const { ts } = await post(slack);
  const [message] = slack.workspace.messages;
  if (message) deleteMessage(slack.workspace, message);
  expect(await call(slack, "chat.update", { channel: "C1", ts, text: "x" })).toMatchObject({
    error: "message_not_found",
  });
  removeMember(slack.workspace, "C1");
  expect(await post(slack)).toMatchObject({ error: "not_in_channel" });
});
