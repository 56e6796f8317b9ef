import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTerminal } from "../support/bot-process.ts";
import type { FakeUser } from "../support/fake-slack/user.ts";
import { tryAgain } from "../support/hostile-requests.ts";
import {
  approve,
  ask,
  type Mode,
  openSlackWorld,
  PATIENCE_MS,
  type SlackWorld,
  send,
  settleIn,
  TAKE_OVER_MS,
  until,
} from "../support/slack-world.ts";
import { BIRDSTRIKES } from "../support/test-app.ts";

const EXAMPLES = join("examples", "slack");

const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", ["-C", dir, ...args], { encoding: "utf8" });

const people = (world: SlackWorld) => ({
  ann: world.user("U1", "Ann"),
  bob: world.user("U2", "Bob"),
  cat: world.user("U3", "Cat"),
  dan: world.user("U4", "Dan"),
  gus: world.user("U5", "Gus", { guest: "single" }),
});
type People = ReturnType<typeof people>;

/** Ann claims and gives roles; Dan, whom nobody added, gets nowhere. */
const gettingIn = async (world: SlackWorld, { ann, dan }: People): Promise<void> => {
  await ask(dan, "claim 00000000", /CLAIM|code/i);
  await settleIn(world, ann, [
    ["U1", "ann"],
    ["U2", "Bob"],
    ["U3", "Cat"],
    ["U5", "Gus"],
  ]);
  await ask(dan, "status", /UNKNOWN_PERSON/);
  await ask(dan, "start", /UNKNOWN_PERSON/);
};

/** Ann starts a run by command and form, Bob asks for a change, and the specialist answers. */
const firstHandoff = async ({ ann, bob, dan, gus }: People): Promise<void> => {
  await ann.slash(`start data:${BIRDSTRIKES} target:"Effect Amount of damage"`);
  await ann.sees("Start a pipeline");
  await ann.fill("Goal", "Predict which wildlife strikes damage the aircraft");
  await send(ann);
  await bob.sees("Handoff 1 of 4", PATIENCE_MS);
  await ann.click("Approve…");
  const refused = (user: FakeUser, words: RegExp) =>
    until(`${user.id} is refused`, () => words.test(user.lastEphemeral()), user.lastEphemeral);
  await refused(ann, /SELF_APPROVAL/);
  await dan.click("Approve…");
  await refused(dan, /UNKNOWN_PERSON/);
  await gus.click("Approve…");
  await refused(gus, /NOT_AN_APPROVER.*guest/);
  await bob.click("Request changes…");
  await bob.sees("What is to be changed?");
  await bob.fill("What is to be changed?", "exclude Time of day");
  await send(bob);
  await bob.sees("revision 2", PATIENCE_MS);
  expect(bob.text()).toContain("exclude Time of day");
};

/** Cat's vote is committed, and the bot dies before anybody hears of it. Gives how long the next one took to show the decision. */
const killedWhileAClickArrives = async (world: SlackWorld, { bob, cat }: People) => {
  await approve(bob, 1);
  await bob.sees("1 of 2", PATIENCE_MS);
  await cat.click("Approve…");
  await cat.sees("Note");
  await cat.submit().catch(() => undefined);
  expect(await world.bot().ended).toBe("SIGKILL");
  world.transcript.note(
    "the bot is killed with SIGKILL after the vote is committed, and started again",
  );
  await cat.close(); // Slack told her that it had trouble connecting
  await world.restart();
  const connected = performance.now();
  const decided = () =>
    world.slack.workspace.messages.some(
      ({ text }) => text.startsWith("Handoff 1 of 4") && text.includes("Approved"),
    );
  await until("the decision of phase 1", decided, () => "", TAKE_OVER_MS);
  return performance.now() - connected;
};

const count = (world: SlackWorld, type: string): number =>
  world.log().filter((line) => line.type === type).length;

/** What the log holds at the end, whoever repeated, forged or killed what. */
const expectTheLog = (world: SlackWorld): void => {
  const votes = world.log().filter((line) => line.type === "VoteCast");
  expect(
    votes.map(({ actor, body }) => `${actor.person} ${body.decision} ${body.attested}`),
  ).toEqual([
    "bob request_changes slack",
    ...Array.from({ length: 4 }, () => ["bob approve slack", "cat approve slack"]).flat(),
  ]);
  for (const [type, times] of Object.entries({
    RunStarted: 1,
    ApprovalOpened: 5,
    ApprovalApproved: 4,
    ApprovalChangesRequested: 1,
    RunCompleted: 1,
  }))
    expect([type, count(world, type)]).toEqual([type, times]);
};

const expectTheRemote = async ({ remote }: SlackWorld): Promise<void> => {
  const tags = () => git(remote, "tag", "--list").trim().split("\n").filter(Boolean);
  await until("four tags on the remote", () => tags().length === 4);
  const trailers = git(remote, "for-each-ref", "--format=%(contents)", "refs/tags");
  expect(trailers).toMatch(/Approved-by: .*Bob/i);
  expect(trailers).toMatch(/Approved-by: .*Cat/i);
  expect(trailers).toMatch(/Log-head: \d+ [0-9a-f]{64}/);
};

/** Every head that stands in a message is in the log, and everybody who was refused stands in the audit log. */
const expectTheRecord = async ({ environment, slack }: SlackWorld): Promise<void> => {
  const said = JSON.stringify(slack.workspace.messages);
  const heads = [...said.matchAll(/log head ([0-9a-f]{64})/g)].map(([, head = ""]) => head);
  expect(heads.length).toBeGreaterThanOrEqual(4);
  const verified = await runTerminal(environment, [
    "verify",
    "--head",
    heads.at(-1) ?? "",
    "--json",
  ]);
  expect(JSON.parse(verified.out)).toMatchObject({ ok: true });
  const audit = await runTerminal(environment, [
    "audit",
    "--text",
    "Refused.",
    "--limit",
    "50",
    "--json",
  ]);
  for (const words of ["SELF_APPROVAL", "UNKNOWN_PERSON", "NOT_AN_APPROVER"])
    expect(audit.out).toContain(words);
};

/** Messages as they stand at the end, with their blocks, newest of a kind: what a picture or a reader is made from. */
const blocksNow = ({ slack }: SlackWorld): string => {
  const kinds = {
    run: /^Run /,
    handoff: /^Handoff 2 of 4/,
    delivery: /^Delivery/,
    end: /is completed/,
  };
  const found = Object.entries(kinds).flatMap(([kind, words]) => {
    const message = slack.workspace.messages.findLast(({ text }) => words.test(text));
    return message ? [[kind, { text: message.text, blocks: message.blocks }]] : [];
  });
  return `${JSON.stringify(Object.fromEntries(found), null, 1)}\n`;
};

const TITLE =
  "# Four people and the bot in Slack\n\nWritten by `WRITE_TRANSCRIPTS=1 npx vitest run test/e2e/slack-conversation.test.ts` and compared by that test: people's lines are what they did, the others what the bot said at that moment. Ids, hashes, codes and times are left out. The pipeline's files are the seven small ones of the tests.\n\n";

/** The conversation against the document of it: the same doings, the same answers, in whatever order messages overtook each other. */
const expectTheTranscript = (world: SlackWorld): void => {
  const lines = world.transcript.lines();
  const text = `${TITLE}${lines.map((line) => `- ${line}`).join("\n")}\n`;
  if (process.env.WRITE_TRANSCRIPTS) {
    mkdirSync(EXAMPLES, { recursive: true });
    writeFileSync(join(EXAMPLES, "transcript.md"), text);
    writeFileSync(join(EXAMPLES, "messages.json"), blocksNow(world));
  }
  const doings = (whole: string) =>
    whole.split("\n").filter((line) => /^- (?!mlpipeline)/.test(line));
  expect(doings(text)).toEqual(doings(readFileSync(join(EXAMPLES, "transcript.md"), "utf8")));
};

describe.each<Mode>(["socket", "http"])("four people in Slack, in %s mode", (mode) => {
  let world: SlackWorld;
  beforeAll(async () => {
    world = await openSlackWorld(mode, "vote.committed:3");
  }, 60_000);
  afterAll(() => world.close(), 60_000);

  /** In HTTP whoever finds the address tries what was sent last once more, in every way. */
  const between = async (): Promise<void> => {
    if (mode === "http") expect(await tryAgain(world.slack)).toEqual([]);
    else await world.slack.duplicate(); // the same envelope twice, as Slack does now and then
  };

  test("claim, roles, start, changes, quorum, a killed bot, a remote with tags; strangers and guests get nowhere, repeats and forgeries change nothing", async () => {
    const all = people(world);
    await gettingIn(world, all);
    await between();
    await firstHandoff(all);
    await between();
    const afterMs = await killedWhileAClickArrives(world, all);
    if (process.env.WRITE_TRANSCRIPTS)
      process.stdout.write(
        `${mode}: the decision stood ${Math.round(afterMs)} ms after the new bot was connected\n`,
      );
    for (const phase of [2, 3, 4]) {
      await approve(all.bob, phase);
      await between();
      await approve(all.cat, phase);
      await between();
    }
    await all.ann.sees("completed", PATIENCE_MS);
    await expectTheRemote(world);
    await ask(all.bob, "status last", /completed/);
    await between();
    expectTheLog(world);
    await expectTheRecord(world);
    if (mode === "socket") expectTheTranscript(world);
    world.slack.expectNoViolations(/submitting without acknowledgement/); // the killed bot
  }, 400_000);
});
