import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What one whole process took. Processor time and peak memory are read from /proc, so they are NaN elsewhere than on Linux. */
export interface Measured {
  readonly wallMs: number;
  /** User and system time of the process and of the children that it waited for. */
  readonly cpuMs: number;
  /** Highest resident memory of the process itself. */
  readonly peakMb: number;
  readonly exitCode: number | null;
  readonly stdout: string;
}

const LOOK_EVERY_MS = 10;
const MS_PER_TICK = 10; // USER_HZ is 100 on every Linux that Node runs on

/** The built command line; `npm run build` makes it. */
export const CLI = join(process.cwd(), "dist", "src", "cli", "main.js");

const look = (pid: number): { readonly cpuMs: number; readonly peakMb: number } | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return peak === undefined ? null : { cpuMs: ticks * MS_PER_TICK, peakMb: Number(peak) / 1024 };
  } catch {
    return null; // it has ended
  }
};

/** Runs a program with these arguments, looking at it until it ends. */
export const run = (
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, [...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let seen = { cpuMs: Number.NaN, peakMb: Number.NaN };
    let stdout = "";
    const timer = setInterval(() => {
      seen = (child.pid === undefined ? null : look(child.pid)) ?? seen;
    }, LOOK_EVERY_MS);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearInterval(timer);
      resolve({ ...seen, wallMs: performance.now() - start, exitCode, stdout });
    });
  });

/** Runs the built `mlpipeline` with these arguments, looking at it until it ends. */
export const runCli = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> => run(process.execPath, [CLI, ...args], environment);

/** Runs `once` so many times, one after the other. */
export const repeat = async <T>(times: number, once: (at: number) => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (let at = 0; at < times; at++) all.push(await once(at));
  return all;
};

/** Milliseconds that `work` takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
