import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BotProcess, runTerminal, startBot } from "../support/bot-process.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack/server.ts";
import { createUser, type FakeUser } from "../support/fake-slack/user.ts";
import { BIRDSTRIKES } from "../support/test-app.ts";
import { writeTinyPrompts } from "../support/tiny-prompts.ts";

type Mode = "socket" | "http";

const PATIENCE_MS = 25_000; // below the lease of 30 s: what a killed bot was sending is taken over at once
const SETUP_MS = 60_000;

interface World {
  readonly dir: string;
  readonly slack: FakeSlack;
  readonly environment: Readonly<Record<string, string>>;
  readonly remote: string;
  readonly claimCode: string;
  bot: BotProcess;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

const workspaceOf = (mode: Mode, port: number, dir: string): string => `
roles: {builder: [read, run], reviewer: [read, approve]}
policy:
  default: {roles: [reviewer], quorum: 2, min_level: {training: unverified, tests: unverified, else: unverified}}
repository: {remote: "${dir}/remotes/{pipeline}.git"}
data: {roots: ["${join(process.cwd(), "examples")}"]}
surfaces: {slack: {mode: ${mode}, channel: C1}}
http: {port: ${port}}
sandbox: {install: false}
`;

const connect = async (mode: Mode, { bot, slack }: World, port: number): Promise<void> => {
  if (mode === "http") {
    await bot.says("listening");
    await slack.http.connect(`http://127.0.0.1:${port}/slack/events`);
  }
  await bot.says("connected to Slack");
  await slack.connected();
};

const git = (dir: string, ...args: string[]): string =>
  execFileSync("git", ["-C", dir, ...args], { encoding: "utf8" });

const until = async (what: string, look: () => boolean, seen = () => ""): Promise<void> => {
  const end = performance.now() + PATIENCE_MS;
  while (!look()) {
    if (performance.now() > end) throw new Error(`never came: ${what}; seen: ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe.each<Mode>(["socket", "http"])("four people in Slack, in %s mode", (mode) => {
  let world: World;
  let port: number;
  let ann: FakeUser;
  let bob: FakeUser;
  let cat: FakeUser;
  let dan: FakeUser;

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), "mlpipeline-talk-"));
    const slack = await startFakeSlack({ rates: "off" });
    port = await freePort();
    const remote = join(dir, "remotes", "birdstrikes.git");
    await mkdir(join(dir, "home"), { recursive: true });
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
    await writeFile(join(dir, "home", "mlpipeline.yml"), workspaceOf(mode, port, dir));
    const environment = {
      USER: "ann",
      MLPIPELINE_HOME: join(dir, "home"),
      PROMPTS_DIR: await writeTinyPrompts(join(dir, "prompts")),
      SLACK_BOT_TOKEN: slack.workspace.botToken,
      SLACK_API_URL: slack.url,
      ...(mode === "http"
        ? { SLACK_SIGNING_SECRET: slack.workspace.signingSecret }
        : { SLACK_APP_TOKEN: slack.workspace.appToken }),
    };
    const made = await runTerminal(environment, ["init", "--json"]);
    const { claimCode } = JSON.parse(made.out) as { claimCode: string };
    const bot = startBot({ ...environment, MLPIPELINE_KILL_AT: "vote.committed:3" });
    world = { dir, slack, environment, remote, claimCode, bot };
    ann = createUser(slack, "U1", { account: { name: "Ann" } });
    bob = createUser(slack, "U2", { account: { name: "Bob" } });
    cat = createUser(slack, "U3", { account: { name: "Cat" } });
    dan = createUser(slack, "U4", { account: { name: "Dan" } });
    await connect(mode, world, port);
  }, SETUP_MS);

  afterAll(async () => {
    await world.bot.stop();
    await world.slack.close();
    await rm(world.dir, { recursive: true, force: true });
  });

  // By direct message or for one person's eyes: whatever the bot has said to somebody.
  const told = (): string => {
    const { ephemerals, messages } = world.slack.workspace;
    return [...messages, ...ephemerals].map((one) => one.text).join("\n");
  };

  const answered = async (user: FakeUser, type: string, words: RegExp): Promise<void> => {
    await user.slash(type);
    const seen = () => user.lastEphemeral();
    await until(`an answer to ${type}`, () => words.test(seen()), seen);
  };

  // What takes longer than a moment goes on behind a view that says so, which a person may close.
  const send = async (user: FakeUser): Promise<void> => {
    expect(await user.submit()).not.toHaveProperty("errors");
    if (user.view() === null) return;
    expect(user.text()).toMatch(/This takes a moment|Done/);
    await user.close();
  };

  const approve = async (user: FakeUser, phase: number): Promise<void> => {
    await user.sees(`Handoff ${phase} of 4`, PATIENCE_MS);
    await user.sees("Approve…", PATIENCE_MS);
    await user.click("Approve…");
    await user.sees("Note", PATIENCE_MS);
    if (/Type (\S+) to confirm/.test(user.text())) {
      await user.fill("Type birdstrikes-1 to confirm", "birdstrikes-1");
    }
    await send(user);
  };

  test("claim, roles, start, changes, quorum, a killed bot, a remote with tags; and a stranger gets nowhere", async () => {
    const { slack } = world;

    // Getting in.
    await answered(dan, "claim 00000000", /CLAIM|code/i);
    await answered(ann, `claim ${world.claimCode}`, /owner/);
    for (const [user, name] of [
      ["U1", "ann"],
      ["U2", "Bob"],
      ["U3", "Cat"],
    ] as const) {
      await ann.slash("people");
      await ann.sees("Add or change…");
      await ann.click("Add or change…");
      await ann.sees("Whom to add or change");
      await ann.pick("Whom to add or change", user);
      await ann.pick("Roles", ["reviewer"]);
      await send(ann);
      await until(`${name} is saved`, () => told().includes(`Saved: ${name}`));
    }
    await answered(dan, "status", /UNKNOWN_PERSON/);
    await answered(dan, "start", /UNKNOWN_PERSON/);

    // The first starts a run, by command and form.
    await ann.slash(`start data:${BIRDSTRIKES} target:"Effect Amount of damage"`);
    await ann.sees("Start a pipeline");
    await ann.fill("Goal", "Predict which wildlife strikes damage the aircraft");
    await send(ann);

    // The second asks for a change; the specialist answers.
    await bob.sees("Handoff 1 of 4", PATIENCE_MS);
    await ann.click("Approve…");
    await until(
      "the starter is refused",
      () => /SELF_APPROVAL/.test(ann.lastEphemeral()),
      () => ann.text(),
    );
    await dan.click("Approve…");
    await until("the stranger is refused", () => /UNKNOWN_PERSON/.test(dan.lastEphemeral()));
    await bob.click("Request changes…");
    await bob.sees("What is to be changed?");
    await bob.fill("What is to be changed?", "exclude Time of day");
    await send(bob);
    await bob.sees("revision 2", PATIENCE_MS);
    expect(bob.text()).toContain("exclude Time of day");

    // The third one's vote is committed, and the bot dies before anyone hears of it.
    await approve(bob, 1);
    await bob.sees("1 of 2", PATIENCE_MS);
    await cat.click("Approve…");
    await cat.sees("Note");
    await cat.submit().catch(() => undefined);
    expect(await world.bot.ended).toBe("SIGKILL");
    await cat.close(); // Slack told her that it had trouble connecting
    world.bot = startBot(world.environment);
    await connect(mode, world, port);

    for (const phase of [2, 3, 4]) {
      await approve(bob, phase);
      await approve(cat, phase);
    }
    await ann.sees("completed", PATIENCE_MS);

    // The repository arrived, with who approved it.
    await until(
      "four tags on the remote",
      () => git(world.remote, "tag", "--list").trim().split("\n").length === 4,
    );
    const tag = git(world.remote, "for-each-ref", "--format=%(contents)", "refs/tags").toString();
    expect(tag).toMatch(/Approved-by: .*Bob/i);
    expect(tag).toMatch(/Approved-by: .*Cat/i);
    expect(tag).toMatch(/Log-head: \d+ [0-9a-f]{64}/);
    const heads = [
      ...JSON.stringify(slack.workspace.messages).matchAll(/log head ([0-9a-f]{64})/g),
    ];
    expect(heads.length).toBeGreaterThanOrEqual(4);
    const verified = await runTerminal(world.environment, ["verify", "--json"]);
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true });
    const audit = await runTerminal(world.environment, [
      "audit",
      "--text",
      "SELF_APPROVAL",
      "--json",
    ]);
    expect(audit.out).toMatch(/SELF_APPROVAL/);
    slack.expectNoViolations(/submitting without acknowledgement/); // the killed bot
  }, 240_000);
});
