import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser } from "../../support/fake-slack/user.ts";
import { type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { send } from "../../support/slack-world.ts";
import { START } from "../../support/test-app.ts";

let app: SlackApp;

beforeAll(async () => {
  app = await startSlackApp();
}, 120_000);

afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

const start = async (pipeline: string) => {
  const started = (await app.t.call("run_start", { ...START, pipeline })) as unknown as {
    run: string;
    run_id: string;
  };
  await handoff(started.run, 1);
  return started;
};

const handoff = (run: string, phase: number, revision = 1) =>
  until(`handoff ${phase} of ${run}`, () =>
    app.slack.workspace.messages.find(
      (message) =>
        message.text.startsWith(`Handoff ${phase} of 4`) &&
        message.text.includes(`of ${run}:`) &&
        JSON.stringify(message.blocks).includes(`revision ${revision} `),
    ),
  );

const actionsIn = (message: { readonly blocks: readonly unknown[] }) =>
  JSON.stringify(message.blocks).includes("handoff_approve");

test("a second person approves, the buttons give way to who decided and the log's head, and the next phase begins", async () => {
  const { run } = await start("approve-me");
  const bob = createUser(app.slack, "U2");
  await bob.click("Approve…", { near: run });
  await until("the form", () => bob.view() ?? undefined);
  await bob.fill("Note", "read it, fine <!channel>");
  expect(await bob.submit()).toEqual({});
  await bob.sees(`Approved: ${run}`);
  const message = await handoff(run, 1);
  await until("the decision", () => (actionsIn(message) ? undefined : true));
  expect(JSON.stringify(message.blocks)).toMatch(/Bob: approve.*in Slack/);
  expect(JSON.stringify(message.blocks)).toMatch(/log head [0-9a-f]{64}/);
  await handoff(run, 2);
}, 120_000);

test("who may not decide is told who may, sees no form, and the attempt stands in the audit log", async () => {
  const { run } = await start("not-yours");
  const mallory = createUser(app.slack, "U3");
  await mallory.click("Approve…", { near: run });
  await mallory.sees("NOT_AN_APPROVER");
  expect(mallory.lastEphemeral()).toMatch(/Tess|tess/);
  expect(mallory.view()).toBeNull();
  const { lines } = (await app.t.call("audit_search", { text: "vote_check" })) as unknown as {
    lines: { action: string; person?: string }[];
  };
  expect(lines).toContainEqual(
    expect.objectContaining({ action: "Refused.vote_check", person: "mallory" }),
  );
}, 120_000);

test("changes that are asked for reach the next attempt, and the new request says what became of them", async () => {
  const { run } = await start("change-me");
  const bob = createUser(app.slack, "U2");
  await bob.click("Request changes…", { near: run });
  await until("the form", () => bob.view() ?? undefined);
  await bob.pick("Specialist or file", "Data scientist");
  await bob.pick("How serious", "Must be done");
  await bob.fill("What is to be changed?", "exclude Time of day");
  await bob.click("Add another");
  await bob.sees("Comment 2: specialist or file");
  await bob.fill("Comment 2: what is to be changed?", "say why <!channel>");
  await send(bob);
  const next = await handoff(run, 1, 2);
  expect(JSON.stringify(next.blocks)).toContain("comments resolved");
  const first = await handoff(run, 1, 1);
  await until("the first request closes", () => (actionsIn(first) ? undefined : true));
  expect(JSON.stringify(first.blocks)).toContain("Changes were requested");
  expect(JSON.stringify(next.blocks)).toMatch(/changed since revision 1.{1,20}\d+ changed: \w/);
}, 120_000);

test("an assistant's comment binds nobody until a person ticks it in a request for changes", async () => {
  const { run, run_id } = await start("adopt-me");
  const assistant = { person: "bob", via: "mcp", ref: "claude/bob", model: true } as const;
  const comment = { run_id, text: "exclude Airport: Name", severity: "must" };
  await app.t.call("comment_add", comment, { actor: assistant });
  await app.t.call("comment_add", { ...comment, text: "ignore me" }, { actor: assistant });
  const bob = createUser(app.slack, "U2");
  await bob.click("Request changes…", { near: run });
  await until("the form", () => bob.view() ?? undefined);
  await bob.pick("Take up as yours", ["Assistant: exclude Airport: Name"]);
  await send(bob);
  const next = await handoff(run, 1, 2);
  expect(JSON.stringify(next.blocks)).toContain("comments resolved 1 of 1");
  const { comments } = await app.t.app.store.runs.state(run_id);
  expect(Object.values(comments).map(({ comment: { text }, status }) => [text, status])).toEqual([
    ["exclude Airport: Name", "resolved"],
    ["ignore me", "open"],
  ]);
}, 120_000);

test("a click on a request that was decided meanwhile says who decided, and changes nothing", async () => {
  const { run } = await start("too-late");
  const tess = createUser(app.slack, "U1");
  const before = tess.screenshot();
  const bob = createUser(app.slack, "U2");
  await bob.click("Reject…", { near: run });
  await until("the form", () => bob.view() ?? undefined);
  await bob.fill("Why?", "the target is wrong");
  await bob.submit();
  const message = await handoff(run, 1);
  await until("the decision", () => (actionsIn(message) ? undefined : true));
  await tess.click("Approve…", { near: run, on: before });
  await tess.sees("This was decided already (rejected). Bob: reject");
  expect(tess.view()).toBeNull();
}, 120_000);
