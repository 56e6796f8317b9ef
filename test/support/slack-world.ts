import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type BotProcess, runTerminal, startBot } from "./bot-process.ts";
import { type FakeSlack, startFakeSlack } from "./fake-slack/server.ts";
import { createUser, type FakeUser } from "./fake-slack/user.ts";
import { createTranscript, type Transcript } from "./slack-transcript.ts";
import { writeTinyPrompts } from "./tiny-prompts.ts";

export type Mode = "socket" | "http";

export const PATIENCE_MS = 90_000;
/** Below the lease of 30 s: whoever waits for what a killed bot left behind fails where its lease is waited for. */
export const TAKE_OVER_MS = 25_000;

/** A home, its bot as a process of its own, a fake Slack, a bare remote and people. Nobody has claimed the home yet. */
export interface SlackWorld {
  readonly mode: Mode;
  readonly dir: string;
  readonly home: string;
  readonly slack: FakeSlack;
  readonly environment: Readonly<Record<string, string>>;
  readonly remote: string;
  readonly claimCode: string;
  readonly transcript: Transcript;
  readonly user: (id: string, name: string, account?: { readonly guest?: "single" }) => FakeUser;
  /** The bot that runs now. */
  readonly bot: () => BotProcess;
  /** Another bot in the same home, once it is connected. */
  readonly restart: () => Promise<void>;
  /** Events of all runs, oldest first, read from the log itself. */
  readonly log: () => readonly LogLine[];
  readonly close: () => Promise<void>;
}

export interface LogLine {
  readonly type: string;
  readonly actor: { readonly person: string | null; readonly via: string };
  readonly body: Readonly<Record<string, unknown>>;
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

const secrets = (mode: Mode, { url, workspace }: FakeSlack): Record<string, string> => ({
  SLACK_BOT_TOKEN: workspace.botToken,
  SLACK_API_URL: url,
  ...(mode === "http"
    ? { SLACK_SIGNING_SECRET: workspace.signingSecret }
    : { SLACK_APP_TOKEN: workspace.appToken }),
});

const connect = async (mode: Mode, bot: BotProcess, slack: FakeSlack, port: number) => {
  if (mode === "http") {
    await bot.says("listening");
    await slack.http.connect(`http://127.0.0.1:${port}/slack/events`);
  }
  await bot.says("connected to Slack");
  await slack.connected();
};

const readLog = (home: string): readonly LogLine[] => {
  const db = new Database(join(home, "mlpipeline.db"), { readonly: true });
  try {
    const rows = db.prepare("select type, actor, body from event order by pos").all() as {
      readonly [column in "type" | "actor" | "body"]: string;
    }[];
    return rows.map(({ actor, body, type }) => ({
      type,
      actor: JSON.parse(actor),
      body: JSON.parse(body),
    }));
  } finally {
    db.close();
  }
};

/** `killAt`: where the first bot dies, as MLPIPELINE_KILL_AT says it. */
export const openSlackWorld = async (mode: Mode, killAt?: string): Promise<SlackWorld> => {
  const dir = await mkdtemp(join(tmpdir(), "mlpipeline-talk-"));
  const home = join(dir, "home");
  const slack = await startFakeSlack({ rates: "off" });
  const port = await freePort();
  const remote = join(dir, "remotes", "birdstrikes.git");
  await mkdir(home, { recursive: true });
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  await writeFile(join(home, "mlpipeline.yml"), workspaceOf(mode, port, dir));
  const environment = {
    USER: "ann",
    MLPIPELINE_HOME: home,
    PROMPTS_DIR: await writeTinyPrompts(join(dir, "prompts")),
    ...secrets(mode, slack),
  };
  const made = await runTerminal(environment, ["init", "--json"]);
  const { claimCode } = JSON.parse(made.out) as { claimCode: string };
  const start = (more: Readonly<Record<string, string>> = {}) =>
    startBot({ ...environment, ...more });
  const state = { bot: start(killAt === undefined ? {} : { MLPIPELINE_KILL_AT: killAt }) };
  await connect(mode, state.bot, slack, port);
  const transcript = createTranscript(slack);
  return {
    mode,
    dir,
    home,
    slack,
    environment,
    remote,
    claimCode,
    transcript,
    user: (id, name, account = {}) =>
      transcript.hear(name, createUser(slack, id, { account: { name, ...account } })),
    bot: () => state.bot,
    restart: async () => {
      state.bot = start();
      await connect(mode, state.bot, slack, port);
    },
    log: () => readLog(home),
    close: async () => {
      await state.bot.stop();
      await slack.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** Looks again until it is so; throws with what was seen instead after `ms`. */
export const until = async (
  what: string,
  look: () => boolean,
  seen = () => "",
  ms = PATIENCE_MS,
): Promise<void> => {
  const end = performance.now() + ms;
  while (!look()) {
    if (performance.now() > end) throw new Error(`never came: ${what}; seen: ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Submits the top form. What takes longer than a moment goes on behind a view that says so, which a person may close. */
export const send = async (user: FakeUser): Promise<void> => {
  const answer = JSON.stringify((await user.submit()) ?? {});
  if (answer.includes('"errors"')) throw new Error(`the form was refused: ${answer}`);
  if (user.view() === null) return;
  if (!/This takes a moment|Done/.test(user.text())) throw new Error(`still open: ${user.text()}`);
  await user.close();
};

/** Types a command and waits for an answer with these words, for that person alone. */
export const ask = async (user: FakeUser, type: string, words: RegExp): Promise<void> => {
  await user.slash(type);
  const seen = () => user.lastEphemeral();
  await until(`an answer to ${type}`, () => words.test(seen()), seen);
};

/** By direct message or for one person's eyes: whatever the bot has said to somebody. */
export const told = ({ slack }: SlackWorld): string =>
  [...slack.workspace.messages, ...slack.workspace.ephemerals].map((one) => one.text).join("\n");

/** The owner claims the home and gives roles in Slack. */
export const settleIn = async (
  world: SlackWorld,
  owner: FakeUser,
  reviewers: readonly (readonly [user: string, name: string])[],
): Promise<void> => {
  await ask(owner, `claim ${world.claimCode}`, /owner/);
  for (const [user, name] of reviewers) {
    await owner.slash("people");
    await owner.sees("Add or change…");
    await owner.click("Add or change…");
    await owner.sees("Whom to add or change");
    await owner.pick("Whom to add or change", user);
    await owner.pick("Roles", ["reviewer"]);
    await send(owner);
    await until(`${name} is saved`, () => told(world).includes(`Saved: ${name}`));
  }
};

// A loaded machine may be slower than Slack's three seconds; then a person presses again, as they are told.
const openForm = async (user: FakeUser): Promise<void> => {
  for (let tries = 0; tries < 5; tries++) {
    const before = user.lastEphemeral();
    await user.click("Approve…");
    await until(
      `a form or an answer for ${user.id}`,
      () => user.view() !== null || user.lastEphemeral() !== before,
    );
    if (user.view() !== null) return;
    if (!user.lastEphemeral().startsWith("PRESS_AGAIN")) throw new Error(user.lastEphemeral());
  }
  throw new Error(`no form for ${user.id}`);
};

/** Opens the approval form of a phase, confirms what it asks to be typed, and submits it. */
export const approve = async (user: FakeUser, phase: number): Promise<void> => {
  await user.sees(`Handoff ${phase} of 4`, PATIENCE_MS);
  await user.sees("Approve…", PATIENCE_MS);
  await openForm(user);
  if (/Type (\S+) to confirm/.test(user.text()))
    await user.fill("Type birdstrikes-1 to confirm", "birdstrikes-1");
  await send(user);
};
