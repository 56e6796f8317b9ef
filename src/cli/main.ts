#!/usr/bin/env node
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { type App, type AppOptions, createApp, PACKAGE_ROOT } from "../app.ts";
import { type Config, readConfig } from "../config.ts";
import type { Actor } from "../engine/command.ts";
import { systemClock } from "../lib/clock.ts";
import { isProductError, UserInputError } from "../lib/errors.ts";
import { createNewId } from "../lib/id.ts";
import type { Definition } from "../operations/define.ts";
import { describeEvent } from "../runtime/describe.ts";
import { waitForStandstill } from "../runtime/drive.ts";
import { homeAt } from "../runtime/home.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import type { Keeping } from "./keeping.ts";
import type { McpProgram } from "./mcp-verbs.ts";
import { runProgram } from "./program.ts";
import type { Progress, Session, SessionOptions, VerifyReport } from "./session.ts";

const newId = createNewId(systemClock.nowMs);

const actorOf = async (app: App, config: Config): Promise<Actor> => {
  // The first person at a terminal of a home without an owner becomes its owner.
  await app.ensureOwner();
  const person = await app.store.people.byIdentity("os", config.osUser);
  const ref = `${config.host}/${config.osUser}`;
  return { person: person?.id ?? null, via: "cli", ref, model: false };
};

/** One line from the person at the terminal; the question goes to stderr, so that answers can be piped. */
const askLine = async (question: string): Promise<string> => {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
};

/** Prints what happens in a run, whichever process makes it happen, until `stop` aborts. */
const tellEvents = async (
  app: App,
  runId: string,
  show: (progress: Progress) => void,
  stop: AbortSignal,
) => {
  let { seq } = await app.store.runs.state(runId);
  while (!stop.aborted) {
    if (!(await app.runtime.feed.waitFor(runId, seq, 1_000, stop))) continue;
    for (const event of await app.store.events.since(runId, seq)) {
      seq = event.seq;
      const said = describeEvent(event.body);
      if (said) show(said);
    }
  }
};

const createDrive =
  (app: App): Session["drive"] =>
  async (runId, show, signal) => {
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    const name = `cli-${process.pid}-${newId()}`;
    const role = app.takeRole(name);
    if (!role.held) show({ step: null, text: role.who });
    const telling = tellEvents(app, runId, show, stop);
    const worker = role.held
      ? app.runtime.createWorker(
          name,
          (run, step, text) => run === runId && show({ step, text }),
          stop,
        )
      : null;
    await worker?.takeOver();
    const working = worker?.run(stop);
    const beat = role.held ? setInterval(role.beat, 1_000) : null;
    try {
      return await waitForStandstill({ store: app.store, feed: app.runtime.feed }, runId, signal);
    } finally {
      end.abort();
      await Promise.allSettled([working, telling]);
      if (beat) clearInterval(beat);
      if (role.held) role.release();
    }
  };

const verifyAll = async (
  app: App,
  run: string | null,
  head: string | null,
): Promise<VerifyReport> => {
  const found = run === null ? null : await app.store.runs.find(run);
  if (run !== null && (found === null || "candidates" in found)) {
    throw new UserInputError("RUN_NOT_FOUND", `no run is called "${run}"`, {
      next: "mlpipeline runs",
    });
  }
  const runId = found && !("candidates" in found) ? found.runId : null;
  const verdicts = await app.store.verify(runId, head ?? undefined);
  const runs = await Promise.all(
    verdicts.map(async ({ blobs, events, fault, name }) => {
      const damaged = fault ?? (await app.damagedBlob(blobs));
      const forgotten = damaged === null ? await app.forgotten(blobs) : [];
      const said = damaged ?? ["intact", ...forgotten].join("; ");
      return { run: name, ok: damaged === null, events, said };
    }),
  );
  return { ok: runs.every((one) => one.ok), runs };
};

const open = async (base: Config, options: SessionOptions, extra: AppOptions): Promise<Session> => {
  const config =
    options.home === undefined
      ? base
      : readConfig({ cwd: process.cwd(), homeDir: options.home, osUser: base.osUser });
  const demo = options.demo ?? false;
  const own = demo ? { ...config, osUser: "demo", slack: null } : config;
  const { slack } = own;
  const examineOnline = async () =>
    slack === null ? [] : (await import("../slack/doctor.ts")).examineSlack(slack);
  const app = await createApp(own, { ...extra, demo, examineOnline });
  const actor = await actorOf(app, own);
  const key = options.key ?? `cli/${own.osUser}/${newId()}`;
  let calls = 0;
  return {
    call: async <D extends Definition>(definition: D, input: z.input<D["input"]>) => {
      calls += 1;
      const operation = app.operations.get(definition.name);
      if (!operation)
        throw new UserInputError("UNKNOWN_OPERATION", `no operation ${definition.name}`);
      const callKey = options.key === undefined ? `${key}/${calls}` : `${key}/${definition.name}`;
      return (await operation.run(input, { actor, key: callKey })) as z.output<D["output"]>;
    },
    drive: createDrive(app),
    verify: (run, head) => verifyAll(app, run, head),
    repository: (runId) => app.runtime.repositoryDir(runId),
    homeDir: own.homeDir,
    slackConfigured: await app.runtime.slackOn(),
    nowMs: systemClock.nowMs,
    close: async () => app.close(),
  };
};

const createKeeping = (config: Config, extra: AppOptions): Keeping => {
  const home = homeAt(config.homeDir);
  const tools = { path: config.path, version: VERSION, nowMs: systemClock.nowMs, newId };
  return {
    backup: async (file, options) =>
      (await import("../runtime/backup/backup.ts")).backupHome({ ...tools, home }, file, options),
    restore: async (file) =>
      (await import("../runtime/backup/restore.ts")).restoreHome(
        { ...tools, homeDir: config.homeDir },
        file,
      ),
    metrics: async () => {
      const app = await createApp(config, extra);
      try {
        const { renderMetrics } = await import("../runtime/metrics.ts");
        const { readFigures } = await import("../runtime/metrics-reader.ts");
        const figures = await readFigures(app.deps, systemClock.nowMs());
        return { text: renderMetrics(figures), workerBeatSeconds: figures.workerBeatSeconds };
      } finally {
        app.close();
      }
    },
    bundle: async (run, file) => {
      const app = await createApp(config, extra);
      try {
        return await (await import("../runtime/delivery/bundle-run.ts")).bundleRun(
          app.deps,
          run,
          file,
        );
      } finally {
        app.close();
      }
    },
  };
};

const mcpProgram = (config: Config, stop: AbortSignal, extra: AppOptions): McpProgram => ({
  serve: async (offer) => (await import("../../mcp/main.ts")).serveMcp(config, stop, extra, offer),
  // The interpreter and the program as they run now: a client may have another PATH.
  entry: ({ readOnly, toolsets }) => ({
    command: process.execPath,
    args: [
      ...process.execArgv,
      process.argv[1] ?? "",
      "mcp",
      ...(toolsets.join() === "core" ? [] : ["--toolsets", toolsets.join()]),
      ...(readOnly ? ["--read-only"] : []),
    ],
    env: { MLPIPELINE_HOME: config.homeDir },
  }),
  check: async (entry) => {
    const { selfCheck } = await import("../../mcp/self-check.ts");
    return selfCheck(entry, config.environment, systemClock.monotonicMs);
  },
});

const codeOf = (error: unknown): ExitCode => {
  if (!isProductError(error)) return EXIT.bug;
  if (error.kind === "bug") return EXIT.bug;
  if (error.kind === "retryable") return EXIT.retry;
  if (error.kind === "config") return EXIT.input;
  if (/_NOT_FOUND$/.test(error.code)) return EXIT.notFound;
  return REFUSALS.has(error.code) ? EXIT.refused : EXIT.input;
};

const REFUSALS = new Set(
  "NOT_READY ALREADY_CLAIMED FENCED RUN_OVER STILL_BLOCKED STALE_CONTENT CLOSED NOT_AN_APPROVER SELF_APPROVAL MODEL_MAY_NOT_VOTE UNREACHABLE_QUORUM KEY_REUSED PEOPLE_ONLY OWNER_ONLY FORM_NOT_ALLOWED BELOW_LEVEL NOT_ALLOWED UNKNOWN_PERSON CODE_INVALID CODE_USED IDENTITY_TAKEN CLAIMED FILE_FIXED NO_SLACK".split(
    " ",
  ),
);

const tell = (error: unknown, json: boolean): void => {
  const product = isProductError(error) ? error : null;
  const code = product?.code ?? "BUG";
  const message = error instanceof Error ? error.message : String(error);
  const next = product?.next;
  if (json) {
    const { expected, got } = product ?? {};
    process.stdout.write(`${JSON.stringify({ error: { code, message, expected, got, next } })}\n`);
    return;
  }
  const lines = [
    `${code}: ${message}`,
    ...(product?.expected
      ? [`expected: ${product.expected}`, `got: ${product.got ?? "nothing"}`]
      : []),
    ...(next ? [`next: ${next}`] : []),
    ...(product ? [] : ["this is a defect of mlpipeline; please report it with what you typed"]),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
};

const whoOf = ({ osUser }: CliOptions) => (osUser === undefined ? {} : { osUser });

interface CliOptions extends AppOptions {
  readonly osUser?: string;
}

/** Runs one command line and gives its exit code. `extra` is for compositions with other blueprints or another person. */
export const cli = async (args: readonly string[], extra: CliOptions = {}): Promise<ExitCode> => {
  const json = args.includes("--json");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  try {
    const config = readConfig({ cwd: process.cwd(), ...whoOf(extra) });
    const io: Io = {
      out: (text) => void process.stdout.write(`${text}\n`),
      err: (text) => void process.stderr.write(`${text}\n`),
      live: process.stderr.isTTY === true && config.color && !json,
      json,
    };
    const context = () => ({
      io,
      open: (options: SessionOptions) => open(config, options, extra),
      stderr: process.stderr,
      stop: stop.signal,
      ask: process.stdin.isTTY === true && !json ? askLine : null,
    });
    return await runProgram(args, {
      version: VERSION,
      context,
      init: async (renew) => {
        const app = await createApp(config, extra);
        const made = await app.ensureOwner();
        const claimCode = made.claimCode ?? (renew ? await app.renewClaim() : null);
        app.close();
        return { home: config.homeDir, ...made, claimCode };
      },
      keeping: createKeeping(config, extra),
      serve: async () => (await import("../main.ts")).serve(config, stop.signal, extra),
      mcp: mcpProgram(config, stop.signal, extra),
      demoDataset: join(PACKAGE_ROOT, "examples", "birdstrikes", "birdstrikes.csv"),
      demoHome: join(process.cwd(), ".mlpipeline", "demo"),
    });
  } catch (error) {
    tell(error, json);
    return codeOf(error);
  }
};

// Run as a program, not when imported.
if (import.meta.filename === (await realpath(process.argv[1] ?? "").catch(() => ""))) {
  process.exitCode = await cli(process.argv.slice(2));
}
