import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeSlack } from "../support/fake-slack/server.ts";
import { createUser, type FakeUser } from "../support/fake-slack/user.ts";
import { post, startFull } from "./call.ts";

let slack: FakeSlack;
let user: FakeUser;
beforeEach(async () => {
  slack = await startFull();
  user = createUser(slack, "U1");
});
afterEach(async () => {
  await slack.close();
});

const urlFor = (original: { ts: string; ephemeral: boolean } | null = null) =>
  slack.workspace.responses.create({ user: "U1", channel: "C1", threadTs: null, original });
const respond = async (url: string, body: object): Promise<number> =>
  (
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).status;

test("a response address works five times and then no more", async () => {
  const url = urlFor();
  for (let n = 0; n < 5; n++) expect(await respond(url, { text: `${n}` })).toBe(200);
  expect(user.lastEphemeral()).toBe("4");
  expect(await respond(url, { text: "5" })).toBe(404);
  expect(slack.workspace.violations).toEqual(["a response_url that no longer works (used_url)"]);
});

test("a response address works thirty minutes and then no more", async () => {
  const url = urlFor();
  await slack.clock.advance(30 * 60_000 + 1);
  expect(await respond(url, { text: "late" })).toBe(404);
});

test("a response is an ephemeral unless it says in_channel", async () => {
  await respond(urlFor(), { text: "only you" });
  expect(slack.workspace.messages).toHaveLength(0);
  await respond(urlFor(), { text: "all", response_type: "in_channel" });
  expect(slack.workspace.messages.map(({ text }) => text)).toEqual(["all"]);
});

test("the original is replaced or deleted, message and ephemeral alike", async () => {
  const { ts = "" } = await post(slack);
  expect(
    await respond(urlFor({ ts, ephemeral: false }), { text: "b", replace_original: true }),
  ).toBe(200);
  expect(user.text()).toBe("b");
  expect(await respond(urlFor({ ts, ephemeral: false }), { delete_original: true })).toBe(200);
  expect(user.text()).toBe("");
  await respond(urlFor(), { text: "c" });
  const shown = slack.workspace.ephemerals[0]?.ts ?? "";
  await respond(urlFor({ ts: shown, ephemeral: true }), { text: "d", replace_original: true });
  expect(user.lastEphemeral()).toBe("d");
  await respond(urlFor({ ts: shown, ephemeral: true }), { delete_original: true });
  expect(user.lastEphemeral()).toBe("");
});

test("blocks in a response are held to the same limits", async () => {
  expect(await respond(urlFor(), { text: "x", blocks: [{ type: "alert" }] })).toBe(400);
  expect(() => slack.expectNoViolations()).toThrow("unsupported type: alert");
});

test("ephemerals are gone when the client reloads", async () => {
  await respond(urlFor(), { text: "psst" });
  user.reload();
  expect(user.text()).toBe("");
});
