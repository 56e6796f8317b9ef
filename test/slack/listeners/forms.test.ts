import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser, type FakeUser } from "../../support/fake-slack/user.ts";
import { type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { START } from "../../support/test-app.ts";

const WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: bob, name: Bob, slack: ["T1:U2"], roles: [lead]}
  - {id: carol, name: Carol, slack: ["T1:U3"], roles: [lead]}
roles: {lead: [read, run, approve]}
policy:
  owner: tess
  default: {self_approval: false, people: [bob, carol], quorum: 2, risk: high, min_level: {else: executed}}
surfaces: {slack: {channel: C1}}
`;

let app: SlackApp;

beforeAll(async () => {
  app = await startSlackApp(WORKSPACE);
  for (const id of ["U1", "U2", "U3"]) createUser(app.slack, id);
}, 60_000);

afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

const person = (id: string): FakeUser => {
  const user = createUser(app.slack, id);
  user.reload();
  user.goTo("C1");
  return user;
};

const handoff = (run: string, revision = 1) =>
  until(`handoff of ${run}`, () =>
    app.slack.workspace.messages.find(
      (message) =>
        message.text.startsWith("Handoff 1 of 4") &&
        message.text.includes(`of ${run}:`) &&
        JSON.stringify(message.blocks).includes(`revision ${revision} `),
    ),
  );

const start = async (pipeline: string): Promise<{ run: string; run_id: string }> => {
  const started = (await app.t.call("run_start", { ...START, pipeline })) as unknown as {
    run: string;
    run_id: string;
  };
  await handoff(started.run);
  return started;
};

const open = async (user: FakeUser, button: string, near: string): Promise<void> => {
  await user.click(button, { near });
  await until("the form", () => user.view() ?? undefined);
};

const waive = async (run: string): Promise<void> => {
  await app.t.call("level_waive", { approval: run, reason: "a test of the tiny blueprints" });
};

const votesOf = async (run: string) => {
  const { approvals } = (await app.t.call("approvals_list", { run_id: run })) as unknown as {
    approvals: { votes: { person: string; decision: string }[] }[];
  };
  return approvals[0]?.votes ?? [];
};

test("two people are needed: the first vote is shown and the buttons stay, a second try of it is no second vote", async () => {
  const { run } = await start("quorum");
  await waive(run);
  const bob = person("U2");
  await open(bob, "Approve…", run);
  await bob.fill("Note", "fine");
  await bob.fill(`Type ${run} to confirm`, "something else");
  await bob.submit();
  expect(bob.errors()[`Type ${run} to confirm`]).toContain(`Expected "${run}"`);
  await bob.fill(`Type ${run} to confirm`, run);
  await bob.submit();
  await bob.sees("1 of 2 so far");
  await open(bob, "Approve…", run);
  await bob.fill("Note", "fine");
  await bob.fill(`Type ${run} to confirm`, run);
  await bob.submit();
  expect(await votesOf(run)).toEqual([{ person: "bob", decision: "approve" }]);
  const carol = person("U3");
  await open(carol, "Approve…", run);
  await carol.fill(`Type ${run} to confirm`, run);
  await carol.submit();
  const message = await handoff(run);
  await until("the decision", () =>
    JSON.stringify(message.blocks).includes("handoff_approve") ? undefined : true,
  );
  expect(JSON.stringify(message.blocks)).toMatch(/Bob: approve.*Carol: approve/s);
}, 60_000);

test("below the policy's level nobody but the owner can go on, and the refusal says whom to ask", async () => {
  const { run } = await start("level");
  const bob = person("U2");
  await bob.click("Approve…", { near: run });
  await bob.sees("BELOW_LEVEL");
  expect(bob.lastEphemeral()).toContain("tess");
  expect(bob.view()).toBeNull();
}, 60_000);

test("who started the run is told that somebody else decides", async () => {
  const { run } = await start("own-run");
  const tess = person("U1");
  await tess.click("Reject…", { near: run });
  await tess.sees("NOT_AN_APPROVER");
  expect(tess.lastEphemeral()).toMatch(/Bob, Carol/);
}, 60_000);

test("a vote on evidence that changed meanwhile becomes a fresh form that says what changed", async () => {
  const { run, run_id } = await start("stale");
  await waive(run);
  const bob = person("U2");
  await open(bob, "Reject…", run);
  await bob.fill("Why?", "too few rows");
  const { deliverables } = (await app.t.call("deliverables_list", { run_id })) as unknown as {
    deliverables: { files: string[] }[];
  };
  const path = deliverables.flatMap((one) => one.files).find((file) => file.endsWith(".md")) ?? "";
  const read = (await app.t.call("deliverable_read", { run_id, path })) as unknown as {
    sha256: string;
  };
  const blob = join(app.t.dir, "home", "blobs", read.sha256.slice(0, 2), read.sha256);
  await rename(blob, `${blob}.kept`);
  await writeFile(blob, "other bytes");
  try {
    await bob.submit();
    await bob.sees("The evidence changed while this was open: revision 1 → 2");
    expect(await votesOf(run)).toEqual([]);
  } finally {
    await rename(`${blob}.kept`, blob);
  }
  await bob.close();
}, 60_000);

test("votes are delegated to somebody who is chosen, and more time is the owner's to give", async () => {
  const { run } = await start("delegate");
  const bob = person("U2");
  await bob.choose("Delegate my votes…", undefined, { near: run });
  await until("the form", () => bob.view() ?? undefined);
  await bob.pick("Who votes for you", "U3");
  await bob.submit();
  await bob.sees("carol votes for you in");
  await bob.choose("Extend the deadline…", undefined, { near: run });
  await bob.sees("OWNER_ONLY");
  const tess = person("U1");
  await tess.choose("Extend the deadline…", undefined, { near: run });
  await until("the form", () => tess.view() ?? undefined);
  await tess.submit();
  await tess.sees("people may decide until");
}, 60_000);

test("the owner adds somebody in Slack, who may then read", async () => {
  const dave = person("U7");
  await dave.slash("runs");
  await dave.sees("I do not know you yet");
  const tess = person("U1");
  await tess.slash("people");
  await tess.sees("Add or change…");
  await tess.click("Add or change…");
  await until("the form", () => tess.view() ?? undefined);
  await tess.pick("Whom to add or change", "U7");
  await tess.fill("Name", "Dave");
  await tess.submit();
  await tess.sees("Saved: Dave");
  await dave.slash("runs");
  await dave.sees("uns (all)");
}, 60_000);

test("a policy that is saved holds for requests opened later, and bad words stand under their field", async () => {
  const tess = person("U1");
  await tess.slash("policy");
  await tess.sees("Change…");
  await tess.click("Change…");
  await until("the form", () => tess.view() ?? undefined);
  await tess.fill("Deadline", "two days");
  await tess.submit();
  expect(tess.errors().Deadline).toContain("90m, 24h or 7d");
  await tess.fill("Deadline", "2d");
  await tess.submit();
  await tess.sees("Saved: policy");
}, 60_000);

test("a code for a vote cast in the terminal comes by direct message", async () => {
  const { run } = await start("code");
  const bob = { person: "bob", via: "cli" as const, ref: "host/bob", model: false };
  await app.t.call("vote_code_send", { approval: run }, { actor: bob });
  await until("the code", () =>
    app.slack.workspace.messages.find((message) =>
      message.text.startsWith(`Your code for handoff 1 of ${run}`),
    ),
  );
}, 60_000);
