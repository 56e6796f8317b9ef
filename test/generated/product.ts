import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import type { Actor } from "../../src/engine/command.ts";
import { waitForStandstill } from "../../src/runtime/drive.ts";
import type { Case } from "./cases.ts";

/** What a process said and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly said: string;
  readonly seconds: number;
}

/** Runs a program to its end, at most `minutes`; output and errors together. */
export const run = (
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly minutes?: number;
  } = {},
): Promise<Ran> =>
  new Promise((done) => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
      timeout: (options.minutes ?? 10) * 60_000,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => {
        said += part.toString();
      });
    const end = (code: number | null) =>
      done({ code, said, seconds: (performance.now() - started) / 1000 });
    child.on("error", (error) => {
      said += error.message;
      end(null);
    });
    child.on("close", end);
  });

/** The product in one home: it builds pipelines through the operations that people use, approving for them. */
export interface Product {
  /** Builds all four phases and gives the repository, or why it stopped. */
  readonly build: (
    one: Case,
    dataset: string,
  ) => Promise<{ readonly dir: string } | { readonly why: string }>;
  /** Python of the locked environment of a group, built once per home. */
  readonly python: (dir: string, group: string) => Promise<string>;
  readonly close: () => void;
}

type Answer = Record<string, unknown>;

export const openProduct = async (home: string, say: (line: string) => void): Promise<Product> => {
  const config = readConfig({ cwd: home, homeDir: home });
  const app = await createApp(config);
  await app.ensureOwner();
  const owner = (await app.store.people.byIdentity("os", config.osUser))?.id ?? null;
  const actor: Actor = { person: owner, via: "cli", ref: "generated", model: false };
  // A home may be used again for its environments; a pipeline of its own keeps each examination alone.
  const mark = app.deps.newId().slice(-4).toLowerCase();
  let calls = 0;
  const call = async (name: string, input: object): Promise<Answer> => {
    calls += 1;
    const operation = app.operations.get(name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    return (await operation.run(input, {
      actor,
      key: `generated/${calls}/${app.deps.newId()}`,
    })) as Answer;
  };
  const drive = async (runId: string) => {
    const stop = new AbortController();
    const show = (_run: string, step: string | null, text: string) => say(`${step ?? ""} ${text}`);
    const worker = app.runtime.createWorker(`generated-${app.deps.newId()}`, show, stop.signal);
    await worker.takeOver();
    const working = worker.run(stop.signal);
    try {
      const reads = { store: app.store, feed: app.runtime.feed };
      return await waitForStandstill(reads, runId, AbortSignal.timeout(30 * 60_000));
    } finally {
      stop.abort();
      await working;
    }
  };
  const approve = async (approval: string): Promise<void> => {
    const handoff = await call("handoff_get", { approval });
    const below = handoff.below_level as readonly string[];
    if (below.length > 0) await call("level_waive", { approval, reason: "nobody decides here" });
    await call("approval_vote", { approval, decision: "approve" });
  };
  const build: Product["build"] = async (one, dataset) => {
    const started = await call("run_start", {
      pipeline: `${one.name.replaceAll("_", "-")}-${mark}`,
      goal: one.goal,
      ...(one.sources === undefined
        ? { dataset }
        : { sources: one.sources.map((text) => text.replace("FOLDER", dirname(dataset))) }),
      target: one.target,
      ...(one.options === undefined ? {} : { options: one.options }),
      ...(one.positive === undefined ? {} : { positive: one.positive }),
    });
    const runId = String(started.run_id);
    for (let phase = 0; phase < 5; phase++) {
      const end = await drive(runId);
      if (end.kind === "over" && end.status === "completed")
        return { dir: await app.runtime.repositoryDir(runId) };
      if (end.kind !== "handoff") return { why: await whyStopped(runId, end) };
      await approve(end.approvalId);
    }
    return { why: "a fifth handoff was asked for" };
  };
  /** What the checks of the last events found, in their words. */
  const whyStopped = async (runId: string, end: object): Promise<string> => {
    const events = JSON.stringify((await app.store.events.since(runId, 0)).slice(-12));
    const [hash] = [...events.matchAll(/"findingsHash":"(\w+)"/g)]
      .map(([, text]) => text)
      .slice(-1);
    const report = hash === undefined ? null : await app.deps.blobs.get(hash);
    const found = [
      ...Buffer.from(report ?? [])
        .toString("utf8")
        .matchAll(/"message":"((?:[^"\\]|\\.)*)"/g),
    ];
    return [JSON.stringify(end), ...found.map(([, text]) => text)].slice(0, 12).join(" | ");
  };
  const python: Product["python"] = async (dir, group) => {
    const lock = await readFile(join(dir, "locks", `${group}.txt`), "utf8");
    const { buildVenv } = await app.deps.workbench();
    const made = await buildVenv({
      lock,
      group,
      signal: AbortSignal.timeout(15 * 60_000),
      progress: say,
    });
    if (!made.ok) throw new Error(made.why);
    return made.python;
  };
  return { build, python, close: () => app.close() };
};
