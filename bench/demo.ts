import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../src/checks/tools.ts";
import { type Measured, repeat, runCli } from "./measure.ts";
import { median, print, say } from "./report.ts";

// What a machine without Python has: nothing is installed or trained then.
const PROGRAMS = ["git", "make", "sh", "bash", "unshare"];

const pathWithoutPython = async (dir: string): Promise<string> => {
  const bin = join(dir, "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of PROGRAMS) {
    const program = await findProgram(name, process.env.PATH ?? "");
    if (program !== null) symlinkSync(program, join(bin, name));
  }
  return bin;
};

const failed = (runs: readonly Measured[]): boolean => {
  const bad = runs.find((run) => run.exitCode !== 0);
  if (bad) say(`  the demo ended with exit code ${bad.exitCode}: the figures below mean nothing`);
  return bad !== undefined;
};

/** All seven specialists on birdstrikes where no Python is found. */
export const benchOffline = async (dir: string): Promise<void> => {
  const path = await pathWithoutPython(dir);
  const runs = await repeat(3, (at) =>
    runCli(["demo", "--home", join(dir, `demo-${at}`)], { PATH: path }),
  );
  failed(runs);
  const of = (key: "wallMs" | "cpuMs" | "peakMb") => median(runs.map((run) => run[key]));
  const what = "seven specialists on birdstrikes without Python";
  print({ what: `${what}, median of 3`, value: of("wallMs") / 1000, unit: "s", bound: 5 });
  print({
    what: "  processor time, with children",
    value: of("cpuMs") / 1000,
    unit: "s",
    bound: null,
  });
  print({ what: "  peak memory", value: of("peakMb"), unit: "MB", bound: 400 });
};

const trainedLine = (stdout: string): string =>
  stdout.split("\n").find((line) => /TRAINED|trained/.test(line)) ?? "(no line about training)";

/** The same with Python: environment, tests, tuning and training inside the run. The first run fills the package cache. */
export const benchTraining = async (dir: string): Promise<void> => {
  say("training: the first run downloads what pip's cache lacks and is not counted");
  const runs = await repeat(2, (at) => runCli(["demo", "--home", join(dir, `train-${at}`)]));
  failed(runs);
  const last = runs.at(-1);
  if (!last) return;
  print({
    what: "the same with training inside the run, packages cached",
    value: last.wallMs / 1000,
    unit: "s",
    bound: 180,
  });
  print({
    what: "  processor time, with children",
    value: last.cpuMs / 1000,
    unit: "s",
    bound: null,
  });
  print({ what: "  peak memory of mlpipeline itself", value: last.peakMb, unit: "MB", bound: 400 });
  say(`  ${trainedLine(last.stdout)}`);
};

/** From process start to the answer of a command that opens the home: all that must be ready is ready then. */
export const benchStart = async (dir: string): Promise<void> => {
  const home = { MLPIPELINE_HOME: join(dir, "start") };
  await runCli(["runs"], home);
  const runs = await repeat(7, () => runCli(["runs"], home));
  print({
    what: "process start to ready (`runs`, built), median of 7",
    value: median(runs.map((run) => run.wallMs)),
    unit: "ms",
    bound: 1000,
  });
  const peak = median(runs.map((run) => run.peakMb));
  print({ what: "  peak memory", value: peak, unit: "MB", bound: null });
};
