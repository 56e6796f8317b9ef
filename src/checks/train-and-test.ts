import { access, readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { blocks, defineCheck, resultOf, skipped } from "./define.ts";
import { executedFiles, forgetReads } from "./executed-files.ts";
import { notInstalled, runTool, tailOf, whyNotRun, withCopy } from "./run-tool.ts";
import type { SandboxRan } from "./sandbox/types.ts";
import { TrainingMetrics } from "./training-metrics.ts";
import type { CheckInput, CheckResult, Finding } from "./types.ts";

const ID = "train-and-test";
const CORE_LOCK = "locks/core.txt";
const METRICS = "artifacts/metrics.json";
/** What tests, start-up and evaluation may take beside the training time of the spec. */
const EXTRA_MINUTES = 10;
const LEAST_MEMORY_MB = 3072;

interface Bench {
  readonly make: string;
  readonly makeVersion: string;
  readonly python: string;
  readonly readOnly: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly data: "snapshot" | "sample";
}

type Ready =
  | { readonly ok: true; readonly bench: Bench }
  | { readonly ok: false; readonly why: string };

/** The snapshot, else a source that lies on this machine, else null: the repository then uses its sample. */
const dataPath = async (input: CheckInput): Promise<string | null> => {
  const path = input.snapshot?.path ?? input.spec.dataset.uri;
  if (!isAbsolute(path)) return null;
  return access(path).then(
    () => path,
    () => null,
  );
};

const prepare = async (input: CheckInput): Promise<Ready> => {
  const { python } = input;
  if (!python.ok) return { ok: false, why: python.why };
  if (input.sandbox.probe.kind === "none" && (input.origin === "model" || !input.consent))
    return {
      ok: false,
      why: `no isolation (${input.sandbox.probe.why ?? "none found"}) and no consent`,
    };
  const make = await input.tools.find("make");
  if (make === null) return { ok: false, why: notInstalled("make") };
  if (input.files.text(CORE_LOCK) === null) return { ok: false, why: `${CORE_LOCK} is missing` };
  input.progress("building the environment core");
  const venv = await input.venv("core");
  if (!venv.ok) return { ok: false, why: venv.why };
  const data = await dataPath(input);
  return {
    ok: true,
    bench: {
      make: make.path,
      makeVersion: make.version,
      python: venv.python,
      readOnly: [python.prefix, venv.dir, ...make.readOnly, ...(data === null ? [] : [data])],
      env: data === null ? {} : { DATA_URI: data },
      data: data === null ? "sample" : "snapshot",
    },
  };
};

type MakeRun = { readonly why: string } | { readonly ran: SandboxRan };

const runMake = async (
  input: CheckInput,
  bench: Bench,
  cwd: string,
  target: string,
): Promise<MakeRun> => {
  input.progress(`make ${target}`);
  const outcome = await runTool(input, {
    command: bench.make,
    args: [target, `PY=${bench.python}`],
    cwd,
    env: bench.env,
    readOnly: bench.readOnly,
    limits: {
      wallMs: (input.spec.training.minutes + EXTRA_MINUTES) * 60_000,
      memoryMb: Math.max(LEAST_MEMORY_MB, input.facts.sizing.trainMemoryMb * 2),
      processes: 512,
      outputKb: 1024,
      fileMb: 4096,
    },
    onLine: (line) => {
      if (/^(train|test|tune):/.test(line)) input.progress(line.slice(0, 200));
    },
  });
  const why = whyNotRun(outcome);
  if (why !== null || outcome.status !== "ran") return { why: why ?? "not run" };
  return { ran: outcome };
};

/** Failed tests as pytest names them, at most ten; else the end of the output. */
const testFindings = (ran: SandboxRan): readonly Finding[] => {
  const failed = [
    ...ran.stdout.matchAll(/^(?:FAILED|ERROR) (\S+?\.py)(?:::(\S+))?(?: - (.*))?$/gm),
  ];
  if (failed.length === 0)
    return [
      blocks(ID, null, null, `make test failed: ${tailOf(`${ran.stdout}\n${ran.stderr}`, 8)}`),
    ];
  return failed
    .slice(0, 10)
    .map(([, file = "", test = "", words = ""]) =>
      blocks(ID, file, null, `${test} ${words}`.trim().slice(0, 400)),
    );
};

const counted = (ran: SandboxRan): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [
      ...(ran.stdout.split("\n").findLast((line) => /\d+ passed/.test(line)) ?? "").matchAll(
        /(\d+) (passed|failed|skipped|errors?)/g,
      ),
    ].map(([, count, word]) => [word ?? "", Number(count)]),
  );

const readMetrics = async (dir: string): Promise<TrainingMetrics | string> => {
  const text = await readFile(join(dir, METRICS), "utf8").catch(() => null);
  if (text === null) return `make train wrote no ${METRICS}`;
  try {
    const parsed = TrainingMetrics.safeParse(JSON.parse(text));
    return parsed.success
      ? parsed.data
      : `${METRICS}: ${z.prettifyError(parsed.error).slice(0, 400)}`;
  } catch {
    return `${METRICS} is not JSON`;
  }
};

const failedWith = (why: string, findings: readonly Finding[]): CheckResult =>
  resultOf(ID, { findings, evidence: { notTrained: why } });

const trainIn = async (input: CheckInput, bench: Bench, dir: string): Promise<CheckResult> => {
  const paths = input.files.list;
  await forgetReads(dir, paths);
  const tested = await runMake(input, bench, dir, "test");
  if ("why" in tested)
    return failedWith(tested.why, [blocks(ID, null, null, `make test: ${tested.why}`)]);
  if (tested.ran.exitCode !== 0) return failedWith("the tests failed", testFindings(tested.ran));
  const trained = await runMake(input, bench, dir, "train");
  if ("why" in trained)
    return failedWith(trained.why, [blocks(ID, null, null, `make train: ${trained.why}`)]);
  const { ran } = trained;
  if (ran.exitCode !== 0)
    return failedWith("make train failed", [
      blocks(ID, null, null, `make train failed: ${tailOf(ran.stderr, 8)}`),
    ]);
  const metrics = await readMetrics(dir);
  if (typeof metrics === "string") return failedWith(metrics, [blocks(ID, null, null, metrics)]);
  await input.onTrained?.(dir);
  const output = `${tested.ran.stdout}\n${ran.stdout}`;
  const used = await executedFiles(dir, paths, output);
  const by = { check: ID, tool: "make test train", version: bench.makeVersion };
  // make ran the rules of the one and pip installed the packages of the other before.
  const assembled = ["Makefile", CORE_LOCK].filter((path) => paths.includes(path));
  return resultOf(ID, {
    findings: [],
    levels: [...new Set([...used, ...assembled])].map((path) => ({
      path,
      level: "executed" as const,
      by,
    })),
    evidence: {
      metrics,
      tests: counted(tested.ran),
      data: bench.data,
      testMs: tested.ran.durationMs,
      trainMs: ran.durationMs,
    },
  });
};

/**
 * Builds the environment, then runs the tests and trains the model in a copy of the repository, without network. The evidence
 * holds the executed metric with its interval beside the baseline. Where nothing can be run it says why in `notTrained`.
 */
export const trainAndTest = defineCheck({
  id: ID,
  deliverables: ["training", "tests"],
  at: "python-pro",
  executes: true,
  run: async (input) => {
    const ready = await prepare(input);
    if (!ready.ok) return skipped(ID, ready.why, { notTrained: ready.why });
    return withCopy(input, (dir) => trainIn(input, ready.bench, dir));
  },
});
