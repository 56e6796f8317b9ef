import { join } from "node:path";
import { type App, createApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import type { Actor, CommandBody } from "../src/engine/command.ts";
import type { RunState } from "../src/engine/state.ts";
import { BugError } from "../src/lib/errors.ts";
import { usd } from "../src/lib/money.ts";
import { playbookOf } from "../src/runtime/playbook.ts";
import { repeat, runCli, timed } from "./measure.ts";
import { median, percentile, print, say } from "./report.ts";

const COMMANDS = 300;
const RUNS = 1_000;
const CALLS = 100;
const DATASET = join(process.cwd(), "examples", "birdstrikes", "birdstrikes.csv");
// Slack is configured so that every command writes outbox rows; nothing here connects to it.
const SLACK = { SLACK_BOT_TOKEN: "xoxb-bench", SLACK_APP_TOKEN: "xapp-bench" };

interface Bench {
  readonly app: App;
  readonly home: string;
  readonly actor: Actor;
  readonly runId: string;
}

const open = async (dir: string): Promise<Bench> => {
  const home = join(dir, "store");
  const app = await createApp(
    readConfig({ cwd: dir, homeDir: home }, { ...process.env, ...SLACK }),
  );
  const { owner } = await app.ensureOwner();
  const actor: Actor = { person: owner, via: "cli", ref: "bench", model: false };
  const request = {
    name: "birdstrikes",
    goal: "Predict which wildlife strikes damage the aircraft",
    dataset: DATASET,
    target: "Effect Amount of damage",
    options: {},
  };
  const { runId } = await app.runtime.startRun(request, actor, "bench/start");
  return { app, home, actor, runId };
};

const send = async ({ actor, app }: Bench, runId: string, key: string, body: CommandBody) => {
  const sent = await app.runtime.dispatch({ key, runId, actor, body });
  if (!sent.ok) throw new BugError(sent.rejection.code, sent.rejection.message);
};

/** Commands through the real dispatch: decide, append, project, outbox, in one flushed transaction. */
const benchCommands = async (bench: Bench): Promise<void> => {
  const times = await repeat(COMMANDS, (at) =>
    timed(() =>
      send(bench, bench.runId, `bench/${at}`, { type: at % 2 === 0 ? "PauseRun" : "ResumeRun" }),
    ),
  );
  const { length } = await bench.app.store.outbox.list({ runId: bench.runId, limit: 200 });
  if (length === 0) throw new BugError("NO_OUTBOX", "the commands wrote no outbox rows");
  const what = `command → event → outbox at full durability, of ${COMMANDS}`;
  print({ what: `${what}: p50`, value: median(times), unit: "ms", bound: 10 });
  print({ what: "  p95", value: percentile(times, 0.95), unit: "ms", bound: null });
};

const fill = async (bench: Bench, state: RunState): Promise<void> => {
  const playbook = [...playbookOf(bench.app.deps.prompts)];
  for (let at = 1; at < RUNS; at++) {
    await send(bench, bench.app.deps.newId(), `bench/fill/${at}`, {
      type: "StartRun",
      pipelineId: state.pipelineId,
      specHash: state.specHash,
      playbook,
      policyVersion: "bench",
      budget: {
        run: { microUsd: usd(20), tokens: null, ms: null },
        phase: { microUsd: null, tokens: null, ms: null },
      },
    });
  }
};

const benchStatus = async (bench: Bench): Promise<void> => {
  const { app, actor, home } = bench;
  const call = (input: object) =>
    timed(async () => app.operations.get("pipeline_status")?.run(input, { actor, key: "bench" }));
  const all = await repeat(CALLS, () => call({}));
  const what = `status with ${RUNS.toLocaleString("en")} live runs in the store, of ${CALLS}`;
  print({ what: `${what}: p50`, value: median(all), unit: "ms", bound: 50 });
  print({ what: "  p95", value: percentile(all, 0.95), unit: "ms", bound: 50 });
  const one = await repeat(CALLS, () => call({ run_id: bench.runId }));
  print({ what: "  of one run: p50", value: median(one), unit: "ms", bound: 50 });
  const whole = await repeat(3, () => runCli(["status"], { MLPIPELINE_HOME: home }));
  const wall = median(whole.map((run) => run.wallMs));
  print({ what: "  as a command, with the process's start", value: wall, unit: "ms", bound: null });
};

const benchSweep = async ({ app }: Bench): Promise<void> => {
  const live = await app.store.runs.live();
  const sweep = () => Promise.all(live.map(({ runId }) => app.store.runs.state(runId)));
  const cold = await timed(sweep);
  const warm = await timed(sweep);
  print({
    what: `  states of ${live.length} live runs, cold`,
    value: cold,
    unit: "ms",
    bound: null,
  });
  print({ what: "  the same again", value: warm, unit: "ms", bound: null });
};

const benchVerify = async ({ app }: Bench): Promise<void> => {
  const start = performance.now();
  const verdicts = await app.store.verify(null);
  const ms = performance.now() - start;
  const events = verdicts.reduce((sum, verdict) => sum + verdict.events, 0);
  const bad = verdicts.find((verdict) => verdict.fault !== null);
  if (bad) say(`  verify found a fault: ${bad.fault}`);
  print({
    what: `verify of ${events} events in ${verdicts.length} runs`,
    value: ms,
    unit: "ms",
    bound: null,
  });
  print({ what: "  events", value: events / (ms / 1000), unit: "/s", bound: null });
};

/** Everything about the store, in one home that fills up as it goes. */
export const benchStore = async (dir: string): Promise<void> => {
  const bench = await open(dir);
  try {
    await benchCommands(bench);
    await fill(bench, await bench.app.store.runs.state(bench.runId));
    await benchStatus(bench);
    await benchSweep(bench);
    await benchVerify(bench);
  } finally {
    bench.app.close();
  }
};
