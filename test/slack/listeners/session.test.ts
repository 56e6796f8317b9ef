import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser } from "../../support/fake-slack/user.ts";
import { SLACK_WORKSPACE, type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { START } from "../../support/test-app.ts";

let app: SlackApp;
beforeAll(async () => {
  app = await startSlackApp(SLACK_WORKSPACE, () => {}, false);
}, 60_000);
afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

test("while specialists work the thread's session is processing, and its stop button asks pause or cancel", async () => {
  const { run, run_id } = (await app.t.call("run_start", START)) as unknown as {
    run: string;
    run_id: string;
  };
  const parent = await until("the run", () =>
    app.slack.workspace.messages.find(({ text }) => text.startsWith(`Run ${run} is running`)),
  );
  const session = () => app.slack.workspace.sessions.get(`C1/${parent.ts}`)?.status;
  await until("the session", () => (session() === "processing" ? true : undefined));
  const bob = createUser(app.slack, "U2");
  await bob.stop(`Run ${run} is`);
  await bob.sees(`Stop ${run}?`);
  await app.t.call("run_control", { run_id, action: "pause" });
  await until("the session waits", () => (session() === "suspended" ? true : undefined));
  await app.t.call("run_control", { run_id, action: "cancel" });
  await until("the session ends", () => (session() === "closed" ? true : undefined));
  expect(
    app.slack.calls.filter(({ method }) => method === "agents.sessions.setStatus"),
  ).toHaveLength(3);
}, 120_000);
