import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FakeUser } from "../../support/fake-slack/user.ts";
import { createUser } from "../../support/fake-slack/user.ts";
import { type SlackApp, startSlackApp, until } from "../../support/slack-app.ts";
import { BIRDSTRIKES, START } from "../../support/test-app.ts";

let app: SlackApp;
let run: string;
let runId: string;

beforeAll(async () => {
  app = await startSlackApp();
  const started = (await app.t.call("run_start", { ...START, pipeline: "talk" })) as unknown as {
    run: string;
    run_id: string;
  };
  run = started.run;
  runId = started.run_id;
  await until("the handoff", () => found(`Handoff 1 of 4`));
}, 60_000);

afterAll(async () => {
  app.slack.expectNoViolations();
  await app.close();
}, 30_000);

const found = (text: string) =>
  app.slack.workspace.messages.find((message) => message.text.includes(text));

/** The person at a client that was just loaded, looking at the channel. */
const person = (id: string): FakeUser => {
  const user = createUser(app.slack, id);
  user.reload();
  user.goTo("C1");
  return user;
};

const says = async (user: FakeUser, command: string, words: string): Promise<void> => {
  await user.slash(command);
  await user.sees(words);
};

test.each([
  ["", "also know"],
  ["help start", "/mlpipeline start"],
  ["STATUS", "decisions wait for people"],
  ["status talk-1", "data & requirements"],
  ["runs", "Runs (all)"],
  ["runs failed", "No runs (failed)."],
  ["runs mine", "talk-1"],
  ["runs waiting", "handoff 1"],
  ["runs whatever", "UNKNOWN_FILTER"],
  ["approvals", "handoff 1"],
  ["show talk-1", "Deliverables of talk-1"],
  ["show talk-1 features", "features"],
  ["show talk-1 data-scientist", "Data scientist of talk-1"],
  ["show talk-1 nothing-like-it", "DELIVERABLE_NOT_FOUND"],
  ["compare talk-1 talk-1", "the same data"],
  ["compare talk-1", "NO_TARGET"],
  ["audit talk-1", "StartRun"],
  ["people", "Tess (tess), owner"],
  ["policy", "Policy"],
  ["settings", "Settings"],
  ["doctor", "work"],
  ["pause", "NO_TARGET"],
  ["retry talk-1", "NOT_BLOCKED"],
  ["rerun talk-1 from:9", "PHASE"],
  ["status no-such-run", "RUN_NOT_FOUND"],
  ["status talk-1 strange:1", "UNKNOWN_KEY"],
  ["claim 12345678", "CODE_INVALID"],
  ["stop talk-1", "Pausing can be undone"],
  ["verify", "is for the terminal"],
  ["statsu", "Did you mean `status`?"],
  ["<!channel>", "I do not know"],
])(
  "/mlpipeline %s is answered to the person alone",
  async (command, words) => {
    await says(person("U1"), command, words);
  },
  30_000,
);

test("a mention in a run's thread is answered there, and the thread names the run", async () => {
  const tess = person("U1");
  const before = app.slack.workspace.messages.length;
  await tess.mention("status", `Run ${run} is`);
  const answer = await until("an answer", () =>
    app.slack.workspace.messages
      .slice(before)
      .find((message) => message.text.includes(`Run ${run} is`)),
  );
  expect(answer.threadTs).not.toBeNull();
}, 30_000);

test("a request that needs a form is given as a button where Slack opens none by itself", async () => {
  const tess = person("U1");
  await tess.mention("pause", `Run ${run} is`);
  await tess.sees("Open…");
  await tess.click("Open…");
  await until("the form", () => tess.view() ?? undefined);
  expect(tess.text()).toContain("Pause the run");
  await tess.close();
}, 30_000);

test("a direct message is answered where it was written", async () => {
  const tess = person("U1");
  await tess.dm("runs");
  await tess.sees("Runs (all)");
  tess.goTo("C1");
}, 30_000);

test("Home shows what waits for this person, and its buttons are the message's own", async () => {
  const bob = person("U2");
  await bob.openHome();
  await bob.sees(`Handoff 1 of ${run}`);
  await bob.click("Approve…", { near: `Handoff 1 of ${run}` });
  await until("the form", () => bob.view() ?? undefined);
  await bob.close();
  const mallory = person("U3");
  await mallory.openHome();
  await mallory.sees("Nothing waits for your decision.");
  const stranger = person("U9");
  await stranger.openHome();
  await stranger.sees("I do not know you yet");
}, 30_000);

test("pause and resume ask first, and the run's message says where it stands", async () => {
  const tess = person("U1");
  await tess.choose("Pause…", undefined, { near: `Run ${run} is` });
  await until("the form", () => tess.view() ?? undefined);
  expect(await tess.submit()).toEqual({});
  await tess.sees(`${run}: paused (by a person)`);
  await tess.choose("Resume…", undefined, { near: `Run ${run} is` });
  await until("the form", () => tess.view() ?? undefined);
  await tess.submit();
  await until("it runs", async () => {
    const status = (await app.t.call("run_card", { run_id: runId })) as unknown as {
      status: string;
    };
    return status.status === "running" ? true : undefined;
  });
}, 30_000);

test("the evidence of a handoff stands in the thread once, and comes again to whoever asks", async () => {
  await until("the upload", () => found("The whole report and the change, as files."));
  const bob = person("U2");
  await bob.choose("Evidence", undefined, { near: `of ${run}:` });
  await bob.sees("I sent it to you as a direct message.");
}, 30_000);

test("a comment on a message becomes a comment of the request for changes", async () => {
  const bob = person("U2");
  await bob.shortcut("Comment on handoff", "From the blueprint");
  await until("the form", () => bob.view() ?? undefined);
  expect(bob.text()).toContain("Request changes");
  await bob.close();
  await bob.shortcut("Show run", "From the blueprint");
  await bob.sees("Details");
}, 30_000);

test("a run is started from the form with a file, and shown in the channel that was chosen", async () => {
  const tess = person("U1");
  await tess.shortcut("Start a pipeline");
  await until("the form", () => tess.view() ?? undefined);
  await tess.pick("Channel of the run", "C1");
  await tess.fill("Goal", "Write me a poem");
  await tess.attach("File", [{ name: "strikes.csv", bytes: await readFile(BIRDSTRIKES) }]);
  await tess.fill("Column to predict", "Effect Amount of damage");
  await tess.fill("Name", "from-slack");
  await tess.submit();
  await until("the refusal", () => (tess.errors().Goal === undefined ? undefined : true));
  await tess.fill("Goal", "Predict which strikes damage the aircraft");
  await tess.click("Change options…");
  await until("the options", () => (tess.text().includes("feature store") ? true : undefined));
  await tess.pick("feature store", "databricks");
  await tess.submit();
  await until("the form again", () => (tess.text().includes("Options:") ? true : undefined));
  expect(tess.text()).not.toMatch(/Options: .*feast/);
  await tess.pick("Approvals", "Two people each time");
  await tess.submit();
  await until("the run", () => found("Run from-slack-1 is"));
  const asked = await until("the handoff", () => found("of from-slack-1: data-"));
  expect(asked.text).toContain("0 of 2 approvals");
}, 60_000);
