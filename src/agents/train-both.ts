import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sandbox } from "../checks/sandbox/types.ts";
import type { Finding } from "../checks/types.ts";
import type { Holdout } from "../data/holdout.ts";
import type { Facts } from "../spec/facts.ts";
import type { CompareTraining } from "./compare.ts";
import { type Answers, isWorse, type PairedMetric, pairedDifference } from "./paired.ts";

const RULE = "worse-than-draft";
const SAMPLE = "data/sample.parquet";
const HOLDOUT = "holdout.parquet";
const ANSWERS = "answers.csv";
const EXTRA_MINUTES = 10;

type Files = ReadonlyMap<string, Uint8Array>;

export interface TrainBothDeps {
  readonly sandbox: Sandbox;
  /** Absolute paths of make and of the Python of the pipeline's environment, and what the sandbox must show for them. */
  readonly make: string;
  readonly python: string;
  readonly readOnly: readonly string[];
  /** Name of the pipeline's Python package. */
  readonly pkg: string;
  /** The whole repository round the step's files: upstream and what code assembles. */
  readonly layOut: (files: Files) => Promise<Files>;
  /** An empty folder of its own, gone when `use` is done. */
  readonly withFolder: <T>(use: (dir: string) => Promise<T>) => Promise<T>;
  readonly holdout: () => Promise<Holdout>;
  readonly facts: Facts;
  readonly margin: number;
  readonly minutes: number;
  readonly memoryMb: number;
  readonly seed: number;
}

type Said =
  | { readonly ok: true; readonly answers: Answers }
  | { readonly ok: false; readonly why: string };

const write = async (dir: string, files: Files): Promise<void> => {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), bytes);
  }
};

/** Columns score (or value) and label of what the pipeline's own predict wrote; numbers and class names hold no quoted commas. */
const readAnswers = (csv: string, rows: number, regression: boolean): Said => {
  const [head = "", ...lines] = csv.trim().split(/\r?\n/);
  const names = head.split(",");
  const [score, label] = [names.indexOf(regression ? "value" : "score"), names.indexOf("label")];
  if (score < 0 || label < 0)
    return { ok: false, why: `${ANSWERS} has the columns ${head.slice(0, 200)}` };
  if (lines.length !== rows) return { ok: false, why: `${lines.length} answers for ${rows} rows` };
  const cells = lines.map((line) => line.split(","));
  const scores = cells.map((row) => Number(row[score]));
  if (!scores.every(Number.isFinite)) return { ok: false, why: "an answer is no number" };
  return { ok: true, answers: { scores, labels: cells.map((row) => row[label] ?? "") } };
};

/** Runs one program of the pipeline; in words why it did not end well, or null. */
const runStep = async (
  deps: TrainBothDeps,
  dir: string,
  what: string,
  line: readonly [string, readonly string[]],
  signal: AbortSignal,
): Promise<string | null> => {
  const ran = await deps.sandbox.run({
    command: line[0],
    args: line[1],
    cwd: dir,
    env: { PYTHONPATH: "src" },
    readOnly: deps.readOnly,
    limits: {
      wallMs: (deps.minutes + EXTRA_MINUTES) * 60_000,
      memoryMb: deps.memoryMb,
      processes: 512,
      fileMb: 4096,
    },
    origin: "model",
    consent: false,
    signal,
  });
  signal.throwIfAborted();
  if (ran.status === "refused") return ran.why;
  if (ran.stopped !== null) return `${what} was stopped (${ran.stopped})`;
  return ran.exitCode === 0 ? null : `${what} ended with ${ran.exitCode}`;
};

/**
 * Trains one version on the rows before the hold-out alone and has it answer the hold-out without its target. The code is what a model
 * wrote: it runs in the sandbox, without network, and never sees what it is judged by.
 */
const trainOne = (
  deps: TrainBothDeps,
  files: Files,
  holdout: Holdout,
  signal: AbortSignal,
): Promise<Said> =>
  deps.withFolder(async (dir) => {
    const { make, pkg, python } = deps;
    await write(dir, new Map([...(await deps.layOut(files)), [SAMPLE, holdout.fit]]));
    const trained = await runStep(
      deps,
      dir,
      "make train",
      [make, ["train", `PY=${python}`]],
      signal,
    );
    if (trained !== null) return { ok: false, why: trained };
    // Laid beside the trained model only now: training had nothing to look it up in.
    await writeFile(join(dir, HOLDOUT), holdout.hold);
    const predict = ["-m", `${pkg}.predict`, "--input", HOLDOUT, "--output", ANSWERS, "--no-log"];
    const asked = await runStep(deps, dir, "predict", [python, predict], signal);
    if (asked !== null) return { ok: false, why: asked };
    const csv = await readFile(join(dir, ANSWERS), "utf8").catch(() => "");
    return readAnswers(csv, holdout.truth.length, deps.facts.target.kind === "regression");
  });

const finding = (severity: Finding["severity"], message: string): readonly Finding[] => [
  { rule: RULE, severity, file: null, line: null, message },
];

/** "1" for the positive class of a binary target, else the value itself. */
const truthOf = ({ target }: Facts, truth: readonly string[]): readonly string[] => {
  const { kind, positive } = target;
  if (kind !== "binary" || positive === null) return truth;
  const isPositive = (value: string) =>
    positive.labels.includes(value) === (positive.rule === "equals");
  return truth.map((value) => (isPositive(value) ? "1" : "0"));
};

/**
 * Trains draft and submission on the same rows and compares them on the same hold-out. A block only where the whole paired interval lies
 * beyond the margin, or where the submission no longer trains; where the draft itself cannot be trained here nothing is compared, and
 * that is said. What the two models answered stays here.
 */
export const createCompareTraining = (deps: TrainBothDeps): CompareTraining => {
  let drafts: Promise<Said> | null = null; // the draft is trained once, however often a version is handed in
  return async (draft, now, signal) => {
    const { facts, margin, seed } = deps;
    const { greaterIsBetter, metric } = facts.baseline;
    const holdout = await deps.holdout();
    drafts ??= trainOne(deps, draft, holdout, signal);
    const before = await drafts;
    if (!before.ok)
      return finding("warn", `the hold-out was NOT COMPARED with the draft: ${before.why}`);
    const after = await trainOne(deps, now, holdout, signal);
    if (!after.ok)
      return finding(
        "block",
        `your version could not be trained and asked as the draft was: ${after.why}`,
      );
    const truth = truthOf(facts, holdout.truth);
    const found = pairedDifference(
      metric satisfies PairedMetric,
      truth,
      before.answers,
      after.answers,
      seed,
    );
    if (found === null)
      return finding(
        "warn",
        "the hold-out was NOT COMPARED with the draft: its rows do not bear the metric",
      );
    const figures = `${metric} ${found.now.toFixed(3)}, the draft ${found.old.toFixed(3)}: difference ${found.value.toFixed(3)} [${found.low.toFixed(3)}, ${found.high.toFixed(3)}] on ${truth.length} hold-out rows`;
    // The figures are for people: a model that is told them could search the hold-out by submitting again and again.
    return isWorse(found, greaterIsBetter, margin)
      ? finding(
          "block",
          "your version is worse than the draft on the hold-out, beyond what chance explains. Take back what may have cost it",
        )
      : finding("info", figures);
  };
};
