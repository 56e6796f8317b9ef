import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type App, createApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import type { Actor } from "../src/engine/command.ts";
import { BugError } from "../src/lib/errors.ts";
import { usd } from "../src/lib/money.ts";
import { createBot } from "../src/main.ts";
import { playbookOf } from "../src/runtime/playbook.ts";
import { type FakeSlack, startFakeSlack } from "../test/support/fake-slack/server.ts";
import { createUser } from "../test/support/fake-slack/user.ts";
import { CLI, repeat, timed } from "./measure.ts";
import { median, percentile, print, say } from "./report.ts";

/** How much is measured: what the bounds are promised for, or little, to see that it works. */
interface Size {
  readonly runs: number;
  readonly commands: number;
  readonly rounds: number;
  readonly stored: number;
  readonly homes: number;
}
const FULL: Size = { runs: 20, commands: 50, rounds: 4, stored: 1_000, homes: 40 };
const SMALL: Size = { runs: 4, commands: 10, rounds: 2, stored: 100, homes: 10 };

const DATASET = join(process.cwd(), "examples", "birdstrikes", "birdstrikes.csv");
const TARGET = "Effect Amount of damage";
const WORKSPACE = `
people: [{id: tess, name: Tess, slack: ["T1:U1"]}${Array.from({ length: FULL.homes - 1 }, (_, at) => `, {id: p${at + 2}, name: P${at + 2}, slack: ["T1:U${at + 2}"]}`).join("")}]
policy: {owner: tess}
data: {roots: ["${join(process.cwd(), "examples")}"]}
surfaces: {slack: {channel: C1}}
sandbox: {install: false}
`;
const PATIENCE_MS = 120_000;

const homeIn = (dir: string, name: string): string => {
  const home = join(dir, name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "mlpipeline.yml"), WORKSPACE);
  return home;
};

const tokens = ({ url, workspace }: FakeSlack) => ({
  SLACK_BOT_TOKEN: workspace.botToken,
  SLACK_APP_TOKEN: workspace.appToken,
  SLACK_API_URL: url,
});

const until = async (
  what: string,
  look: () => boolean,
  seen: () => string = () => "",
): Promise<void> => {
  const end = performance.now() + PATIENCE_MS;
  while (!look()) {
    if (performance.now() > end)
      throw new BugError("BENCH", `never came: ${what}; seen: ${seen()}`);
    await setTimeout(50);
  }
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
};

/** Milliseconds from sending each of `count` commands, all at once, to its acknowledgement. Throws where one gets none. */
const acknowledgements = (slack: FakeSlack, count: number): Promise<readonly number[]> => {
  const tess = createUser(slack, "U1");
  return Promise.all(Array.from({ length: count }, () => timed(() => tess.slash("runs mine"))));
};

/** Commands at once at the real `mlpipeline serve`, whose worker builds pipelines meanwhile. */
const benchAcknowledgement = async (dir: string, size: Size): Promise<void> => {
  const slack = await startFakeSlack({ rates: "off" });
  const environment = { ...process.env, ...tokens(slack), MLPIPELINE_HOME: homeIn(dir, "serve") };
  const bot = spawn(process.execPath, [CLI, "serve"], { env: environment, stdio: "ignore" });
  try {
    await slack.connected();
    const tess = createUser(slack, "U1");
    for (let at = 0; at < size.runs; at++)
      await tess.slash(
        `start Predict which strikes damage the aircraft data:${DATASET} target:"${TARGET}" name:bench${at}`,
      );
    const started = () =>
      new Set(
        slack.workspace.messages.flatMap(
          ({ text }) => /^Run (bench\d+)-1 is/.exec(text)?.[1] ?? [],
        ),
      );
    await until(`${size.runs} live runs`, () => started().size >= size.runs, tess.lastEphemeral);
    const rounds = await repeat(size.rounds, () => acknowledgements(slack, size.commands));
    const all = rounds.flat();
    const what = `Slack acknowledgement, ${size.commands} commands at once, ${size.runs} live runs, of ${all.length}`;
    print({ what: `${what}: p50`, value: median(all), unit: "ms", bound: null });
    print({ what: "  p99", value: percentile(all, 0.99), unit: "ms", bound: 300 });
  } finally {
    await end(bot);
    await slack.close();
  }
};

const fill = async (app: App, actor: Actor, runs: number): Promise<void> => {
  const request = {
    name: "birdstrikes",
    goal: "Predict which strikes damage the aircraft",
    dataset: DATASET,
    target: TARGET,
    options: {},
  };
  const { runId } = await app.runtime.startRun(request, actor, "bench/start");
  const state = await app.store.runs.state(runId);
  for (let at = 1; at < runs; at++)
    await app.runtime.dispatch({
      key: `bench/fill/${at}`,
      runId: app.deps.newId(),
      actor,
      body: {
        type: "StartRun",
        pipelineId: state.pipelineId,
        specHash: state.specHash,
        playbook: [...playbookOf(app.deps.prompts)],
        policyVersion: "bench",
        budget: {
          run: { microUsd: usd(20), tokens: null, ms: null },
          phase: { microUsd: null, tokens: null, ms: null },
        },
      },
    });
};

/** Milliseconds from opening Home to what is published on it. */
const openHome = (slack: FakeSlack, user: string): Promise<number> => {
  const seen = () => slack.calls.filter(({ method }) => method === "views.publish").length;
  const before = seen();
  return timed(async () => {
    await createUser(slack, user).openHome();
    while (seen() === before) await setTimeout(1);
  });
};

/** Home over a store that holds many live runs; nothing works on them here. */
const benchHome = async (dir: string, size: Size): Promise<void> => {
  const slack = await startFakeSlack({ rates: "off" });
  const environment = { ...process.env, ...tokens(slack) };
  const config = readConfig({ cwd: dir, homeDir: homeIn(dir, "home") }, environment);
  const app = await createApp(config);
  try {
    await fill(app, { person: "tess", via: "cli", ref: "bench", model: false }, size.stored);
    const bot = createBot(app, config);
    if (!bot) throw new BugError("BENCH", "no bot was made");
    await bot.start();
    await slack.connected();
    // Each by another person: an equal Home is not published twice.
    const times = await repeat(size.homes, (at) => openHome(slack, `U${at + 1}`));
    await bot.stop();
    const what = `App Home with ${size.stored.toLocaleString("en")} live runs in the store, of ${size.homes}`;
    print({ what: `${what}: p50`, value: median(times), unit: "ms", bound: null });
    print({ what: "  p95", value: percentile(times, 0.95), unit: "ms", bound: 300 });
  } finally {
    app.close();
    await slack.close();
  }
};

/** What Slack's users wait for. `small`: a tenth of it, to see that it works. */
export const benchSlack = async (dir: string, small: boolean): Promise<void> => {
  const size = small ? SMALL : FULL;
  if (small) say("a small round: the bounds are promised for the full size");
  await benchAcknowledgement(dir, size);
  await benchHome(dir, size);
};
