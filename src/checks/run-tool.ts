import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SandboxOutcome, SandboxRequest } from "./sandbox/types.ts";
import type { CheckInput } from "./types.ts";

/** Runs a program in the sandbox with the step's permission and cancellation; `cwd` defaults to the repository on disk. */
export const runTool = async (
  input: CheckInput,
  request: Omit<SandboxRequest, "origin" | "consent" | "signal" | "cwd"> & {
    readonly cwd?: string;
  },
): Promise<SandboxOutcome> =>
  input.sandbox.run({
    ...request,
    cwd: request.cwd ?? (await input.onDisk()),
    origin: input.origin,
    consent: input.consent,
    signal: input.signal,
  });

const withFolder = async <T>(
  fill: (dir: string) => Promise<void>,
  use: (dir: string) => Promise<T>,
): Promise<T> => {
  const dir = await mkdtemp(join(tmpdir(), "mlpipeline-check-"));
  try {
    await fill(dir);
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

/** Gives `use` a copy of the repository that tools may write to; the copy is removed afterwards. */
export const withCopy = async <T>(
  input: CheckInput,
  use: (dir: string) => Promise<T>,
): Promise<T> => {
  const from = await input.onDisk();
  return withFolder((dir) => cp(from, dir, { recursive: true }), use);
};

/** Gives `use` a folder with these text files of the repository alone, for a tool that reads no others. */
export const withFiles = <T>(
  input: CheckInput,
  paths: readonly string[],
  use: (dir: string) => Promise<T>,
): Promise<T> =>
  withFolder(async (dir) => {
    for (const path of paths) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), input.files.text(path) ?? "");
    }
  }, use);

/** Why a tool's verdict is missing, in one of the four kinds of `pipeline.lock.json`; null when it ran to its end. */
export const whyNotRun = (outcome: SandboxOutcome): string | null => {
  if (outcome.status === "refused")
    return /^no isolation/.test(outcome.why) ? outcome.why : `no isolation: ${outcome.why}`;
  return outcome.stopped === null ? null : `stopped: ${outcome.stopped}`;
};

/** "tool not installed: x", the reason for a level that a missing program lowered. */
export const notInstalled = (tool: string): string => `tool not installed: ${tool}`;

/** The last lines of a tool's output, for a finding: at most `lines` of them, each at most 300 characters. */
export const tailOf = (text: string, lines = 4): string =>
  text
    .trim()
    .split("\n")
    .slice(-lines)
    .map((line) => line.slice(0, 300))
    .join(" | ");
