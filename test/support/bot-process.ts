import { type ChildProcess, spawn } from "node:child_process";
import { CLI_HARNESS } from "./harness.ts";

/** `mlpipeline serve` as a process of its own, which a test can kill. */
export interface BotProcess {
  /** Resolves once a line of its log contains these words; rejects when it ended before. */
  readonly says: (words: string, ms?: number) => Promise<void>;
  /** Its log so far. */
  readonly said: () => string;
  /** Resolves when it has ended; gives the signal that ended it, or null. */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** SIGTERM, and its end. */
  readonly stop: () => Promise<void>;
}

export const runTerminal = (
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI_HARNESS, ...args], {
      env: { ...process.env, ...environment },
    });
    const said = { out: "", err: "" };
    child.stdout.on("data", (data) => {
      said.out += String(data);
    });
    child.stderr.on("data", (data) => {
      said.err += String(data);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, ...said }));
  });

const waitForWords = (child: ChildProcess, seen: { text: string }, words: string, ms: number) =>
  new Promise<void>((resolve, reject) => {
    const look = () => {
      if (seen.text.includes(words)) end(resolve);
    };
    const end = (then: () => void) => {
      clearTimeout(timer);
      child.stderr?.off("data", look);
      child.off("exit", gone);
      then();
    };
    const fail = (why: string) => end(() => reject(new Error(`${why}; it said:\n${seen.text}`)));
    const gone = () => fail(`the bot ended before it said "${words}"`);
    const timer = setTimeout(() => fail(`the bot never said "${words}"`), ms);
    child.stderr?.on("data", look);
    child.once("exit", gone);
    look();
  });

/** Starts the bot; `environment` stands on top of this process's own. */
export const startBot = (environment: Readonly<Record<string, string>>): BotProcess => {
  const child = spawn(process.execPath, [CLI_HARNESS, "serve"], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const seen = { text: "" };
  child.stderr.on("data", (data) => {
    seen.text += String(data);
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once("exit", (_code, signal) => resolve(signal));
  });
  return {
    says: (words, ms = 30_000) => waitForWords(child, seen, words, ms),
    said: () => seen.text,
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
    },
  };
};
