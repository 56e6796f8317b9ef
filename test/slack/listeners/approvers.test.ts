import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createUser, type FakeUser } from "../../support/fake-slack/user.ts";
import { SLACK_WORKSPACE, type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { START } from "../../support/test-app.ts";

const WORKSPACE = SLACK_WORKSPACE.replace("people: [tess, bob]", "groups: [S0LEADS]")
  .replace('"T1:U3"]', '"T1:U3"], roles: [lead]')
  .replace(
    "roles: {lead",
    '  - {id: gus, name: Gus, slack: ["T1:U5"], roles: [lead]}\nroles: {lead',
  );

let app: SlackApp;

beforeAll(async () => {
  app = await startSlackApp(WORKSPACE, ({ workspace }) => {
    workspace.groups.set("S0LEADS", { id: "S0LEADS", members: ["U1", "U2", "U5"], fails: null });
  });
}, 120_000);
afterEach(() => app.slack.workspace.people.delete("U5"));
afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

const start = async (pipeline: string): Promise<string> => {
  const started = await app.t.call("run_start", { ...START, pipeline });
  const { run } = started as unknown as { run: string };
  await until(`handoff of ${run}`, () =>
    app.slack.workspace.messages.find((one) => one.text.includes(`of ${run}:`)),
  );
  return run;
};

const refusedAt = async (who: FakeUser, run: string, words: RegExp): Promise<void> => {
  const before = who.lastEphemeral();
  await who.click("Approve…", { near: run });
  await until("a refusal", () => (who.lastEphemeral() === before ? undefined : true));
  expect(who.lastEphemeral()).toMatch(words);
  expect(who.view()).toBeNull();
};

test("members of a user group may decide, and the request names them", async () => {
  const run = await start("by-group");
  const bob = createUser(app.slack, "U2");
  expect(bob.text()).toMatch(/May decide: Bob, Gus, Tess/);
  await bob.click("Approve…", { near: run });
  await until("the form", () => bob.view() ?? undefined);
  expect(await bob.submit()).toEqual({});
  await bob.sees(`Approved: ${run}`);
}, 120_000);

test("who is not in the group is refused, also with a role that may approve", async () => {
  const run = await start("not-in-group");
  await refusedAt(createUser(app.slack, "U3"), run, /NOT_AN_APPROVER.*ask Bob, Gus, Tess/s);
}, 120_000);

test.each([
  ["a guest's account", { guest: "single" }],
  ["a deactivated account", { deleted: true }],
  ["a bot's account", { bot: true }],
] as const)(
  "%s may not decide, although its person is in the group; the audit log says so",
  async (words, account) => {
    const run = await start(`refused-${words.split(" ")[1]?.replace(/\W.*/, "")}`);
    const gus = createUser(app.slack, "U5", { account });
    await refusedAt(gus, run, new RegExp(`NOT_AN_APPROVER.*${words}`, "s"));
    const found = await app.t.call("audit_search", { text: "vote_check", limit: 1 });
    expect(JSON.stringify(found)).toMatch(/NOT_AN_APPROVER.*T1\/U5|T1\/U5.*NOT_AN_APPROVER/);
  },
  60_000,
);

test("somebody who becomes a guest while the form is open is refused at the submit", async () => {
  const run = await start("becomes-guest");
  const gus = createUser(app.slack, "U5");
  await gus.click("Approve…", { near: run });
  await until("the form", () => gus.view() ?? undefined);
  app.slack.workspace.people.delete("U5");
  createUser(app.slack, "U5", { account: { guest: "multi" } });
  expect(JSON.stringify(await gus.submit())).toMatch(/a guest's account may not decide/);
  await gus.close();
}, 120_000);
