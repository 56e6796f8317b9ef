import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTerminal } from "../support/bot-process.ts";
import type { FakeUser } from "../support/fake-slack/user.ts";
import {
  approve,
  openSlackWorld,
  PATIENCE_MS,
  type SlackWorld,
  send,
  settleIn,
} from "../support/slack-world.ts";
import { BIRDSTRIKES } from "../support/test-app.ts";

// An assistant with a shell is the same operating-system user as the owner: it can run every command and write every file.
let world: SlackWorld;
let bob: FakeUser;
let cat: FakeUser;

beforeAll(async () => {
  world = await openSlackWorld("socket");
  const ann = world.user("U1", "Ann");
  bob = world.user("U2", "Bob");
  cat = world.user("U3", "Cat");
  await settleIn(world, ann, [
    ["U1", "ann"],
    ["U2", "Bob"],
    ["U3", "Cat"],
  ]);
  await ann.slash(`start data:${BIRDSTRIKES} target:"Effect Amount of damage"`);
  await ann.sees("Start a pipeline");
  await ann.fill("Goal", "Predict which wildlife strikes damage the aircraft");
  await send(ann);
  await bob.sees("Handoff 1 of 4", PATIENCE_MS);
}, 240_000);
afterAll(() => world.close(), 60_000);

const shell = (user: string, ...args: string[]) =>
  runTerminal({ ...world.environment, USER: user }, args);
const approved = () => world.log().filter(({ type }) => type === "ApprovalApproved").length;
const votes = () => world.log().filter(({ type }) => type === "VoteCast");

/** What `verify` says of a home: its exit code, and words. */
const verify = async (home: string) => {
  const { code, out } = await runTerminal({ ...world.environment, MLPIPELINE_HOME: home }, [
    "verify",
  ]);
  return { code, out };
};

/** A copy of the home as it is now, to be tampered with while nobody works in it. */
const copyHome = async (name: string): Promise<{ home: string; file: string }> => {
  const home = join(world.dir, name);
  const from = new Database(join(world.home, "mlpipeline.db"), { readonly: true });
  cpSync(world.home, home, {
    recursive: true,
    filter: (path) => !/mlpipeline\.db|\.lock$/.test(path),
  });
  const file = join(home, "mlpipeline.db");
  await from.backup(file);
  from.close();
  copyFileSync(join(world.home, "mlpipeline.yml"), join(home, "mlpipeline.yml"));
  return { home, file };
};

const write = (file: string, ...statements: readonly string[]): void => {
  const db = new Database(file);
  for (const statement of statements) db.exec(statement);
  db.close();
};

// In this order: what the shell did stays done.
describe("an assistant with a shell of the owner's account", { shuffle: false }, () => {
  test("its own approval of its owner's run is refused, and one with a made-up code too", async () => {
    const own = await shell("ann", "approve", "birdstrikes-1");
    expect(own.code).not.toBe(0);
    expect(own.err).toContain("SELF_APPROVAL");
    const guessed = await shell("ann", "approve", "birdstrikes-1", "--code", "AAAA-BBBB-CCCC");
    expect(guessed.code).not.toBe(0);
    expect(guessed.err).toMatch(/CODE_INVALID|SELF_APPROVAL/);
    expect([votes(), approved()]).toEqual([[], 0]);
  }, 120_000);

  test("the demo's auto-approval does not work in this home", async () => {
    const demo = await shell("ann", "demo", "--home", world.home);
    expect(demo.code).not.toBe(0);
    expect(demo.err).toMatch(/UNKNOWN_PERSON|NOT_ALLOWED|NOT_AN_APPROVER/);
    expect([votes(), approved()]).toEqual([[], 0]);
  }, 120_000);

  test("an approver's vote from the terminal is recorded as not proved and counts for nothing", async () => {
    // Bob has tied the terminal of this very account to himself, which is the most that a shell can get.
    await bob.slash("link");
    await bob.sees("code", PATIENCE_MS);
    const code = /\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(bob.text())?.[0] ?? "";
    const linked = await shell("bobs-shell", "link", code);
    expect([linked.code, linked.err]).toEqual([0, ""]);
    const voted = await shell("bobs-shell", "approve", "birdstrikes-1");
    expect(`${voted.out}${voted.err}`).toMatch(/not proved/);
    expect(votes().map(({ actor, body }) => [actor.person, body.attested])).toEqual([
      ["bob", "none"],
    ]);
    expect(approved()).toBe(0);
  }, 120_000);

  test("a status that is written into the database opens no phase, and verify names it", async () => {
    const { file, home } = await copyHome("status");
    write(
      file,
      "update approval set status = 'approved'",
      "update phase set status = 'done' where phase = 1",
    );
    const { code, out } = await verify(home);
    expect(code).not.toBe(0);
    expect(out).toMatch(/BROKEN/);
  }, 120_000);

  test("a vote that is written into the database is found by verify, with and without an event", async () => {
    const { file, home } = await copyHome("vote");
    const columns = new Database(file).prepare("pragma table_info(vote)").all() as {
      name: string;
    }[];
    const names = columns.map(({ name }) => name);
    const values = names.map((name) =>
      ["person", "voter"].includes(name) ? "'cat'" : name === "attested" ? "'slack'" : name,
    );
    write(file, `insert into vote (${names.join()}) select ${values.join()} from vote`);
    expect(await verify(home)).toMatchObject({ out: expect.stringMatching(/BROKEN/) });

    const forged = await copyHome("event");
    write(
      forged.file,
      `insert into event (run_id, seq, type, v, at, actor, cause, body, prev, hash)
     select run_id, seq + 1, type, v, at, replace(actor, 'bob', 'cat'), 'forged', replace(body, '"none"', '"slack"'), hash, hash
     from event order by pos desc limit 1`,
    );
    const found = await verify(forged.home);
    expect([found.code === 0, found.out]).toEqual([false, expect.stringMatching(/BROKEN.*hash/)]);
  }, 120_000);

  test("after all of it the people in Slack still decide, and verify finds this home sound", async () => {
    expect(approved()).toBe(0);
    await approve(bob, 1);
    await approve(cat, 1);
    await bob.sees("Handoff 2 of 4", PATIENCE_MS);
    expect(votes().map(({ actor, body }) => [actor.person, body.attested])).toEqual([
      ["bob", "none"],
      ["bob", "slack"],
      ["cat", "slack"],
    ]);
    const { code, out } = await verify(world.home);
    expect([code, out]).toEqual([0, expect.not.stringContaining("BROKEN")]);
    world.slack.expectNoViolations();
  }, 180_000);
});
