import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { CLI_HARNESS } from "../support/harness.ts";
import { writeTinyPrompts } from "../support/tiny-prompts.ts";

const PEOPLE = 'people: [{id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}]\n';

let dir: string;
let slack: FakeSlack;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-serve-"));
  await mkdir(join(dir, "home"));
  await writeTinyPrompts(join(dir, "prompts"));
  slack = await startFakeSlack({ rates: "off" });
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await slack.close();
  await rm(dir, { recursive: true, force: true });
});

/** `mlpipeline serve` as a process of its own. */
const serve = async (workspace: string, environment: Readonly<Record<string, string>>) => {
  await writeFile(join(dir, "home", "mlpipeline.yml"), `${PEOPLE}${workspace}\n`);
  const child = spawn(process.execPath, [CLI_HARNESS, "serve"], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      USER: "tess",
      MLPIPELINE_HOME: join(dir, "home"),
      PROMPTS_DIR: join(dir, "prompts"),
      SLACK_API_URL: slack.url,
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const said = { err: "" };
  child.stderr?.on("data", (chunk: Buffer) => {
    said.err += chunk.toString("utf8");
  });
  const exit = once(child, "exit").then(([code]) => code as number);
  const says = async (words: string) => {
    const end = performance.now() + 30_000;
    while (!said.err.includes(words)) {
      if (performance.now() > end || child.exitCode !== null)
        throw new Error(`never said "${words}":\n${said.err}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const terminate = async () => {
    const begun = performance.now();
    child.kill("SIGTERM");
    const code = await exit;
    return { code, tookMs: performance.now() - begun };
  };
  return { said, says, exit, terminate };
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

test("without any secret it works as a worker and says in five lines what Slack needs", async () => {
  const served = await serve("", {});
  await served.says('"serving"');
  const notice = served.said.err
    .split("\n")
    .filter((line) => !line.startsWith("{"))
    .slice(0, 5);
  expect(notice).toEqual([
    expect.stringMatching(/SLACK_BOT_TOKEN and SLACK_APP_TOKEN are not set/),
    expect.stringContaining("manifest.yml"),
    expect.stringMatching(/^SLACK_BOT_TOKEN: OAuth & Permissions/),
    expect.stringMatching(/^SLACK_APP_TOKEN: Basic Information/),
    expect.stringContaining("worker only"),
  ]);
  const { code, tookMs } = await served.terminate();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
}, 60_000);

test.each([
  [
    "mode http without its signing secret",
    "surfaces: {slack: {mode: http}}",
    { SLACK_BOT_TOKEN: "xoxb-1" },
    /SLACK_SIGNING_SECRET is not set[\s\S]*SLACK_BOT_TOKEN: is set[\s\S]*Signing Secret/,
  ],
  [
    "one token of two",
    "",
    { SLACK_APP_TOKEN: "xapp-1" },
    /SLACK_BOT_TOKEN is not set[\s\S]*SLACK_APP_TOKEN: is set/,
  ],
] as const)(
  "%s ends with code 2 and says where the rest is found",
  async (_what, workspace, environment, words) => {
    const served = await serve(workspace, environment);
    expect(await served.exit).toBe(2);
    expect(served.said.err).toMatch(words);
    expect(served.said.err).not.toMatch(/xoxb-1|xapp-1/);
  },
  60_000,
);

test("a token that Slack refuses ends with code 2", async () => {
  const served = await serve("", { SLACK_BOT_TOKEN: "xoxb-wrong", SLACK_APP_TOKEN: "xapp-fake" });
  expect(await served.exit).toBe(2);
  expect(served.said.err).toContain("SLACK_TOKEN: Slack refused SLACK_BOT_TOKEN: invalid_auth");
}, 60_000);

test("bot, worker and listener are one process that ends within ten seconds of SIGTERM", async () => {
  const port = await freePort();
  const served = await serve(`surfaces: {slack: {mode: http}}\nhttp: {port: ${port}}`, {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_SIGNING_SECRET: slack.workspace.signingSecret,
  });
  await served.says('"connected to Slack"');
  await slack.http.connect(`http://127.0.0.1:${port}/slack/events`);
  const tess = createUser(slack, "U1");
  await tess.slash("help");
  await tess.sees("/mlpipeline");
  const { code, tookMs } = await served.terminate();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
  slack.expectNoViolations();
}, 60_000);

test("Socket Mode needs no port and ends within ten seconds of SIGTERM", async () => {
  const served = await serve("", {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
  });
  await served.says('"connected to Slack"');
  const tess = createUser(slack, "U1");
  await tess.slash("help");
  await tess.sees("/mlpipeline");
  const { code, tookMs } = await served.terminate();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
  expect(served.said.err).not.toContain('"listening"');
}, 60_000);

test("an outage of Slack keeps nobody from working, and SIGTERM still ends it", async () => {
  const served = await serve("", {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
    SLACK_API_URL: "http://127.0.0.1:9/api/",
  });
  await served.says('"serving"');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { code, tookMs } = await served.terminate();
  expect(code).toBe(0);
  expect(tookMs).toBeLessThan(10_000);
}, 60_000);
