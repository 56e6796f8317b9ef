import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, type AppOptions, createApp } from "../../src/app.ts";
import { type Config, readConfig } from "../../src/config.ts";
import type { Actor } from "../../src/engine/command.ts";
import { type Standstill, waitForStandstill } from "../../src/runtime/drive.ts";
import { TINY_PLANS, writeTinyPrompts } from "./tiny-prompts.ts";

export const BIRDSTRIKES = join(process.cwd(), "examples", "birdstrikes", "birdstrikes.csv");

export const START = {
  pipeline: "birdstrikes",
  goal: "Predict which wildlife strikes damage the aircraft",
  dataset: BIRDSTRIKES,
  target: "Effect Amount of damage",
};

/** A whole product in a folder of its own: real store, real DuckDB, real git; seven tiny blueprints. */
export interface TestApp {
  readonly dir: string;
  readonly config: Config;
  readonly app: App;
  readonly owner: Actor;
  readonly call: (
    operation: string,
    input: object,
    as?: { readonly actor?: Actor; readonly key?: string },
  ) => Promise<Record<string, never>>;
  /** Works here until the run stands still. */
  readonly drive: (runId: string) => Promise<Standstill>;
  readonly approve: (approvalId: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface TestAppOptions {
  readonly dir?: string;
  readonly workspace?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** With the briefs and blueprints that ship, instead of seven tiny ones. */
  readonly shipped?: boolean;
  /** Another clock, or Monitors that look elsewhere. */
  readonly app?: AppOptions;
}

// The tiny blueprints hold no Python, so nothing is installed or trained.
const NO_PYTHON = "sandbox: {install: false}\n";

const EXAMPLES = `data: {roots: ["${join(process.cwd(), "examples")}"]}\n`;

export const createTestApp = async (options: TestAppOptions = {}): Promise<TestApp> => {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "mlpipeline-test-")));
  await mkdir(join(dir, "home"), { recursive: true });
  const workspace = options.workspace ?? "";
  const roots = /^data:/m.test(workspace) ? "" : EXAMPLES;
  await writeFile(join(dir, "home", "mlpipeline.yml"), `${workspace}\n${roots}${NO_PYTHON}`);
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...options.environment,
  };
  const config = readConfig({ cwd: dir, homeDir: join(dir, "home"), osUser: "tess" }, environment);
  const tiny = async () => ({
    promptsDir: await writeTinyPrompts(join(dir, "prompts")),
    plans: TINY_PLANS,
  });
  const app = await createApp(config, {
    ...(options.shipped ? {} : await tiny()),
    ...options.app,
  });
  const { owner: person } = await app.ensureOwner();
  const owner: Actor = { person, via: "cli", ref: "test", model: false };
  let calls = 0;
  const call: TestApp["call"] = async (name, input, as = {}) => {
    calls += 1;
    const operation = app.operations.get(name);
    if (!operation) throw new Error(`no operation ${name}`);
    const output = await operation.run(input, {
      actor: as.actor ?? owner,
      key: as.key ?? `test/${calls}/${performance.now()}`,
    });
    return output as Record<string, never>;
  };
  const drive: TestApp["drive"] = async (runId) => {
    const stop = new AbortController();
    const name = `test-${app.deps.newId()}`;
    const worker = app.runtime.createWorker(name, () => {}, stop.signal);
    await worker.takeOver();
    const working = worker.run(stop.signal);
    try {
      return await waitForStandstill(
        { store: app.store, feed: app.runtime.feed },
        runId,
        AbortSignal.timeout(240_000),
      );
    } finally {
      stop.abort();
      await working;
    }
  };
  return {
    dir,
    config,
    app,
    owner,
    call,
    drive,
    // The tiny blueprints are Markdown, which nothing verifies, so every handoff needs the owner's waiver first.
    approve: async (approval) => {
      const { below_level } = (await call("handoff_get", { approval })) as unknown as {
        below_level: string[];
      };
      if (below_level.length > 0) await call("level_waive", { approval, reason: "a test" });
      await call("approval_vote", { approval, decision: "approve" });
    },
    close: async () => {
      app.close();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
};
