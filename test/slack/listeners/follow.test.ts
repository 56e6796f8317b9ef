import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser } from "../../support/fake-slack/user.ts";
import { type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { send } from "../../support/slack-world.ts";
import { START } from "../../support/test-app.ts";

let app: SlackApp;
beforeAll(async () => {
  app = await startSlackApp();
}, 60_000);
afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

const direct = (user: string) =>
  app.slack.workspace.messages
    .filter(({ channel }) => channel === `D${user}`)
    .map(({ text }) => text);

test("who follows a run is told directly of each handoff once, sees it on Home, and no more after unfollow", async () => {
  const { run } = (await app.t.call("run_start", START)) as unknown as { run: string };
  await until("handoff 1", () =>
    app.slack.workspace.messages.find(({ text }) => text.startsWith("Handoff 1 of 4")),
  );
  const mallory = createUser(app.slack, "U3");
  await mallory.slash(`follow ${run}`);
  await mallory.sees(`You follow ${run}`);
  await mallory.openHome();
  await mallory.sees("You follow");

  const bob = createUser(app.slack, "U2");
  await bob.click("Approve…");
  await until("the form", () => bob.view() ?? undefined);
  await send(bob);
  await until("the news", () => direct("U3").find((text) => text.includes("waits for handoff 2")));
  expect(direct("U3").filter((text) => text.startsWith(`${run} is`))).toHaveLength(1);

  await mallory.click(`Unfollow ${run}`);
  await until("unfollowed", async () => {
    const followed = await app.t.call("runs_followed", { person: "mallory" });
    return JSON.stringify(followed) === '{"runs":[]}' ? true : undefined;
  });
  await app.t.call("run_control", { run_id: run, action: "cancel" });
  await until("the end", () =>
    app.slack.workspace.messages.find(({ text }) => text.startsWith(`Run ${run} is cancelled.`)),
  );
  expect(direct("U3").filter((text) => text.startsWith(`${run} is`))).toHaveLength(1);
}, 120_000);
