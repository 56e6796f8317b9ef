import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { call, post, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull();
});
afterEach(async () => {
  await slack.close();
});

test("a connection cut before Slack took the post leaves none, cut after leaves one", async () => {
  slack.fail("chat.postMessage", { cut: "before" });
  await expect(post(slack)).rejects.toThrow();
  expect(slack.workspace.messages).toHaveLength(0);
  slack.fail("chat.postMessage", { cut: "after" });
  await expect(post(slack)).rejects.toThrow();
  expect(slack.workspace.messages).toHaveLength(1);
});

test("a status, a wait, an error code and garbage come as often as was asked, then all is well", async () => {
  const raw = () =>
    fetch(`${slack.url}auth.test`, {
      method: "POST",
      headers: { authorization: "Bearer xoxb-fake" },
    });
  slack.fail("auth.test", { status: 500, times: 2 });
  expect((await raw()).status).toBe(500);
  expect((await raw()).status).toBe(500);
  slack.fail("*", { status: 429, retryAfter: 30 });
  const limited = await raw();
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "30"]);
  slack.fail("auth.test", { error: "internal_error" });
  expect(await call(slack, "auth.test")).toEqual({ ok: false, error: "internal_error" });
  slack.fail("auth.test", { garbage: true });
  expect(await (await raw()).text()).toBe("<html>oops");
  expect((await call(slack, "auth.test")).ok).toBe(true);
});

test("a call that hangs gets no answer", async () => {
  slack.fail("auth.test", { hang: true });
  await expect(
    fetch(`${slack.url}auth.test`, { method: "POST", signal: AbortSignal.timeout(100) }),
  ).rejects.toThrow();
});
