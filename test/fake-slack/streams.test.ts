import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { call, post, startFull } from "./call.ts";

let slack: FakeSlack;
let thread: string;
beforeEach(async () => {
  slack = await startFull();
  createUser(slack, "U1");
  thread = (await post(slack, { text: "the run" })).ts ?? "";
});
afterEach(async () => {
  await slack.close();
});

const start = (more: object = {}) =>
  call(slack, "chat.startStream", {
    channel: "C1",
    thread_ts: thread,
    recipient_user_id: "U1",
    recipient_team_id: "T1",
    ...more,
  });

test("a stream in a channel needs its recipient and a thread", async () => {
  expect(await start({ recipient_user_id: undefined })).toMatchObject({
    error: "missing_recipient_user_id",
  });
  expect(await start({ thread_ts: undefined })).toMatchObject({ error: "invalid_thread_ts" });
  expect(await start()).toMatchObject({ ok: true });
});

test("text comes as markdown or in chunks, never both, and nothing is lost", async () => {
  const { ts } = await start({ markdown_text: "a" });
  const at = { channel: "C1", ts };
  expect(
    await call(slack, "chat.appendStream", { ...at, markdown_text: "b", chunks: [] }),
  ).toMatchObject({ error: "markdown_text_and_chunks_provided" });
  await call(slack, "chat.appendStream", {
    ...at,
    chunks: [{ type: "markdown_text", text: "b" }],
  });
  await call(slack, "chat.stopStream", { ...at, markdown_text: "c" });
  expect(slack.workspace.messages.at(-1)?.text).toBe("abc");
  expect(await call(slack, "chat.appendStream", { ...at, markdown_text: "d" })).toMatchObject({
    error: "message_not_in_streaming_state",
  });
});

test("a stream lives five minutes and holds about ten kilobytes", async () => {
  const { ts } = await start();
  const append = (markdown_text: string) =>
    call(slack, "chat.appendStream", { channel: "C1", ts, markdown_text });
  expect(await append("x".repeat(10_601))).toMatchObject({ error: "msg_too_long" });
  await slack.clock.advance(4 * 60_000);
  expect((await append("x")).ok).toBe(true);
  await slack.clock.advance(61_000);
  expect(await append("x")).toMatchObject({ error: "message_not_in_streaming_state" });
});

test("a session has four states and a title of 200 characters, and stop ends its streams", async () => {
  const at = { channel_id: "C1", thread_ts: thread };
  const set = (more: object) => call(slack, "agents.sessions.setStatus", { ...at, ...more });
  expect(await set({ status: "busy" })).toMatchObject({ error: "invalid_arguments" });
  expect(await set({ status: "active", title: "x".repeat(201) })).toMatchObject({
    error: "invalid_arguments",
  });
  const answer = await set({ status: "processing", title: "Run" });
  expect(answer).toMatchObject({ status: "processing", title: "Run" });
  expect(answer.warning).toBeUndefined();
  expect(await call(slack, "agents.sessions.rename", { ...at, title: "Run 2" })).toMatchObject({
    title: "Run 2",
  });
  const { ts } = await start();
  const user = createUser(slack, "U1");
  await user.stop("the run");
  expect(slack.events.at(-1)?.event).toMatchObject({
    type: "agent_session_stopped",
    thread_ts: thread,
    streaming_message_ts: [ts],
  });
  await set({ status: "active" });
  await expect(user.stop("the run")).rejects.toThrow("no stop button");
});

test("prompts are at most four and stand in direct messages", async () => {
  await call(slack, "conversations.open", { users: "U1" });
  const prompt = { title: "t", message: "m" };
  const set = (channel_id: string, count: number) =>
    call(slack, "assistant.threads.setSuggestedPrompts", {
      channel_id,
      prompts: Array.from({ length: count }, () => prompt),
    });
  expect((await set("DU1", 4)).ok).toBe(true);
  expect(await set("DU1", 5)).toMatchObject({ error: "invalid_arguments" });
  expect(await set("C1", 1)).toMatchObject({ error: "channel_not_found" });
});

test("an app that cannot be told of Stop is warned, and one that is no agent is refused", async () => {
  const agent = await startFull({ manifest: "test/fake-slack/agent-manifest.yml" });
  const ts = (await post(agent)).ts;
  const status = { channel_id: "C1", thread_ts: ts, status: "processing" };
  expect(await call(agent, "agents.sessions.setStatus", status)).toMatchObject({
    ok: true,
    warning: "missing_agent_session_stopped_event_subscription",
  });
  await agent.close();
  const none = await startFull({ manifest: "test/fake-slack/small-manifest.yml" });
  expect(await call(none, "agents.sessions.setStatus", status)).toMatchObject({
    error: "not_an_agent",
  });
  await none.close();
});
