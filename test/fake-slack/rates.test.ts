import { afterEach, beforeEach, expect, test } from "vitest";
import { addChannel } from "../support/fake-slack/channels.ts";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { call, METADATA, post, startFull } from "./call.ts";

let slack: FakeSlack;
beforeEach(async () => {
  slack = await startFull({ rates: "on" });
});
afterEach(async () => {
  await slack.close();
});

const postRaw = (channel: string) =>
  fetch(`${slack.url}chat.postMessage`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer xoxb-fake" },
    body: JSON.stringify({ channel, text: "x", metadata: METADATA }),
  });

test("a second post in a second is refused with whole seconds to wait and no body, another channel is not", async () => {
  addChannel(slack.workspace, "C2");
  expect((await postRaw("C1")).status).toBe(200);
  const refused = await postRaw("C1");
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.text()).toBe("");
  expect((await postRaw("C2")).status).toBe(200);
  await slack.clock.advance(1_000);
  expect((await postRaw("C1")).status).toBe(200);
  expect(slack.rates.refused.get("chat.postMessage")).toBe(1);
});

test("a method takes as many calls a minute as its tier and tells when the next one may come", async () => {
  const { ts } = await post(slack);
  const update = () =>
    fetch(`${slack.url}chat.update`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer xoxb-fake" },
      body: JSON.stringify({ channel: "C1", ts, text: "x" }),
    });
  for (let n = 0; n < 50; n++) expect((await update()).status).toBe(200);
  const refused = await update();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("60");
  expect((await call(slack, "auth.test")).ok).toBe(true);
  await slack.clock.advance(60_000);
  expect((await update()).status).toBe(200);
});

test("a real clock goes by itself and advances beyond that", async () => {
  const real = await startFull({ clock: "real" });
  const before = real.clock.nowMs();
  let ran = 0;
  real.clock.after(5, () => {
    ran += 1;
  });
  await real.clock.sleep(20);
  expect(ran).toBe(1);
  const cancel = real.clock.after(60_000, () => {
    ran += 10;
  });
  cancel();
  real.clock.after(60_000, () => {
    ran += 100;
  });
  await real.clock.advance(60_000);
  expect(ran).toBe(101);
  expect(real.clock.nowMs() - before).toBeGreaterThanOrEqual(60_000);
  await real.close();
});
