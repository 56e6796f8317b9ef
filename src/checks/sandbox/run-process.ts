import { spawn } from "node:child_process";
import type { Clock } from "../../lib/clock.ts";
import { messageOf } from "../../lib/errors.ts";
import { createOutput } from "./output.ts";
import type { SandboxLimits, SandboxOutcome, SandboxRan, SandboxRequest } from "./types.ts";

/** What is started: the sandbox's own programs in front of the request's. */
export interface ProcessPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Looks at the running process until the signal fires. Calls `found` once it can see inside, `stop` at most once. */
export type Watch = (
  child: number,
  limits: SandboxLimits,
  stop: (why: NonNullable<SandboxRan["stopped"]>) => void,
  signal: AbortSignal,
  found: () => void,
) => Promise<void>;

type Stop = NonNullable<SandboxRan["stopped"]>;

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended by itself in the meantime.
  }
};

/** Starts the process as the leader of its own group, holds time, output and cancellation, and ends the whole group. */
export const runProcess = (
  plan: ProcessPlan,
  request: SandboxRequest,
  limits: SandboxLimits,
  watch: Watch | null,
  clock: Clock,
): Promise<SandboxOutcome> =>
  new Promise((resolve) => {
    if (request.signal?.aborted) return resolve({ status: "refused", why: "cancelled" });
    const startedMs = clock.monotonicMs();
    const child = spawn(plan.command, [...plan.args], {
      cwd: plan.cwd,
      env: { ...plan.env },
      detached: true,
      stdio: [watch ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const ended = new AbortController();
    let stopped: Stop | null = null;
    const stop = (why: Stop): void => {
      stopped ??= why;
      killGroup(child.pid);
    };
    const output = createOutput(limits.outputKb, request.onLine, () => stop("output"));
    const cancel = () => stop("cancelled");
    const timer = setTimeout(() => stop("time"), limits.wallMs);
    request.signal?.addEventListener("abort", cancel, { once: true });
    const settle = (outcome: SandboxOutcome): void => {
      clearTimeout(timer);
      ended.abort();
      request.signal?.removeEventListener("abort", cancel);
      resolve(outcome);
    };
    child.stdout?.on("data", (chunk: Buffer) => output.take("stdout", chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.take("stderr", chunk));
    child.on("error", (error) => settle({ status: "refused", why: messageOf(error) }));
    child.on("exit", () => killGroup(child.pid));
    child.on("close", (exitCode, signal) =>
      settle({
        status: "ran",
        exitCode,
        signal,
        ...output.end(),
        stopped,
        durationMs: clock.monotonicMs() - startedMs,
      }),
    );
    if (watch && child.pid !== undefined) {
      const found = () => child.stdin?.end("\n");
      child.stdin?.on("error", () => undefined);
      watch(child.pid, limits, stop, ended.signal, found).catch(() => stop("cancelled"));
    }
  });
