import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBot, work } from "../../src/main.ts";
import { runDelivery } from "../../src/runtime/deliver.ts";
import { SLACK_TARGET } from "../../src/runtime/outbox.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack/server.ts";
import { createUser } from "../support/fake-slack/user.ts";
import { CLI_HARNESS } from "../support/harness.ts";
import { createTestApp, START, type TestApp } from "../support/test-app.ts";

const run = promisify(execFile);

const WORKSPACE = `
people:
  - {id: tess, name: Tess, os: [tess], slack: ["T1:U1"]}
  - {id: mallory, name: Mallory, slack: ["T1:U2"]}
policy: {owner: tess, default: {self_approval: true, min_level: {training: unverified, tests: unverified, else: unverified}}}
surfaces: {slack: {channel: C1}}
`;

let slack: FakeSlack;
let t: TestApp;
let environment: Record<string, string>;
let stop: AbortController;
let running: Promise<unknown>;

const until = async <T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> => {
  const end = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

beforeAll(async () => {
  slack = await startFakeSlack({ rates: "off", people: ["U1", "U2"] });
  environment = {
    SLACK_BOT_TOKEN: slack.workspace.botToken,
    SLACK_APP_TOKEN: slack.workspace.appToken,
    SLACK_API_URL: slack.url,
  };
  t = await createTestApp({ workspace: WORKSPACE, environment });
  const bot = createBot(t.app, t.config);
  if (!bot) throw new Error("the bot was not made");
  await bot.start();
  await slack.connected();
  stop = new AbortController();
  running = Promise.all([
    work(t.app, "bot", stop.signal),
    runDelivery(t.app.deps, SLACK_TARGET, bot.deliver, stop.signal, 50),
  ]).finally(() => bot.stop());
}, 30_000);

afterAll(async () => {
  stop.abort();
  await running;
  await t.close();
  await slack.close();
});

/** The terminal, as a process of its own in the same home. */
const terminal = async (...args: string[]): Promise<string> => {
  const env = {
    ...process.env,
    ...environment,
    USER: "tess",
    MLPIPELINE_HOME: join(t.dir, "home"),
    PROMPTS_DIR: join(t.dir, "prompts"),
  };
  const { stdout } = await run(process.execPath, [CLI_HARNESS, ...args, "--json"], {
    env,
    timeout: 30_000,
  });
  return stdout;
};

test("a run started by an assistant is approved with a click in Slack and seen to continue in the terminal", async () => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI_HARNESS, "mcp"],
    env: {
      ...(process.env as Record<string, string>),
      ...environment,
      USER: "tess",
      MLPIPELINE_HOME: join(t.dir, "home"),
      PROMPTS_DIR: join(t.dir, "prompts"),
    },
  });
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  expect(tools).toEqual(
    expect.arrayContaining([
      "pipeline_status",
      "run_start",
      "run_wait",
      "deliverable_read",
      "approvals_list",
    ]),
  );
  expect(tools).not.toContain("approval_vote");

  const started = await client.callTool({ name: "run_start", arguments: START });
  const { run: name, run_id } = started.structuredContent as { run: string; run_id: string };
  const handoff = await until("the handoff in Slack", () =>
    slack.workspace.messages.find((message) => message.text.startsWith("Handoff 1")),
  );
  expect(handoff.threadTs).not.toBeNull();
  expect(handoff.broadcast).toBe(true);

  const waits = (await client.callTool({ name: "approvals_list", arguments: { run_id } }))
    .structuredContent as { approvals: { phase: number }[] };
  expect(waits.approvals).toMatchObject([{ phase: 1 }]);

  const mallory = createUser(slack, "U2");
  await mallory.click("Approve…");
  await mallory.sees("NOT_AN_APPROVER");
  expect(mallory.view()).toBeNull();

  const tess = createUser(slack, "U1");
  await tess.click("Approve…");
  await tess.sees("Look twice: 2 checks could not run here");
  await tess.fill("Note", "good");
  expect(await tess.submit()).toEqual({});

  await until("phase 2 in the terminal", async () => {
    const status = JSON.parse(await terminal("status", name)) as { runs: { phase: number }[] };
    return status.runs[0]?.phase === 2 ? true : undefined;
  });
  const decided = await until("the decided message", () =>
    /Tess: approve/.test(JSON.stringify(handoff.blocks)) ? handoff : undefined,
  );
  expect(JSON.stringify(decided.blocks)).toMatch(/log head [0-9a-f]{64}/);
  expect(JSON.stringify(decided.blocks)).not.toContain("handoff_approve");

  const waited = (await client.callTool({ name: "run_wait", arguments: { run_id, timeout_s: 2 } }))
    .structuredContent as { open_approvals: string[] };
  expect(waited.open_approvals.length).toBeGreaterThanOrEqual(0);
  await client.close();
  slack.expectNoViolations();
}, 60_000);

test("someone whom nobody added is told what the owner must add, and nothing happens", async () => {
  const stranger = createUser(slack, "U9");
  await stranger.slash("status");
  await until("an answer", () => (stranger.lastEphemeral() === "" ? undefined : true));
  expect(stranger.lastEphemeral()).toContain('slack: ["T1:U9"]');
});

test("/mlpipeline start with nothing opens a form, and a form without its answers is not taken", async () => {
  const tess = createUser(slack, "U1");
  await tess.slash("start");
  await tess.sees("Start a pipeline");
  await expect(tess.submit()).rejects.toThrow();
  expect(tess.view()).not.toBeNull();
  await tess.close();
});

test("an unknown verb is answered with the nearest one, never guessed", async () => {
  const tess = createUser(slack, "U1");
  const before = slack.workspace.ephemerals.length;
  await tess.slash("statsu");
  await until("an answer", () => (slack.workspace.ephemerals.length > before ? true : undefined));
  expect(tess.lastEphemeral()).toContain("`status`");
});
