import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Reply {
  readonly id?: number;
  readonly result?: { readonly tools?: readonly unknown[]; readonly isError?: boolean };
  readonly error?: { readonly message: string };
}

const PATIENCE_MS = 20_000;

const MESSAGES = [
  {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "mlpipeline mcp install", version: "1" },
    },
  },
  { method: "notifications/initialized" },
  { id: 2, method: "tools/list", params: {} },
  { id: 3, method: "tools/call", params: { name: "pipeline_status", arguments: {} } },
];

const summary = (replies: readonly Reply[], tookMs: number): string => {
  const failed = replies.find((one) => one.error !== undefined || one.result?.isError === true);
  if (failed) throw new Error(failed.error?.message ?? JSON.stringify(failed.result));
  const tools = replies.find((one) => one.id === 2)?.result?.tools?.length ?? 0;
  return `started once: it answered with ${tools} tools and read pipeline_status, in ${(tookMs / 1000).toFixed(1)} s`;
};

/**
 * Starts the server as a client would and asks it three things: who it is, what it offers, and one read. Gives what it answered in a
 * sentence; throws when it did not. Speaks as clients of the 2025 revisions do, because those are what people have installed.
 */
export const selfCheck = (
  entry: Entry,
  environment: Readonly<Record<string, string | undefined>>,
  monotonicMs: () => number,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const begun = monotonicMs();
    const child = spawn(entry.command, [...entry.args], {
      env: { ...environment, ...entry.env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const replies: Reply[] = [];
    const timer = setTimeout(() => end(new Error("it did not answer in time")), PATIENCE_MS);
    const end = (error: Error | null) => {
      clearTimeout(timer);
      child.stdin.end();
      child.kill();
      if (error) return reject(error);
      try {
        resolve(summary(replies, monotonicMs() - begun));
      } catch (failure) {
        reject(failure);
      }
    };
    child.once("error", end);
    child.once("exit", () => {
      if (replies.length < 3) end(new Error("it ended before it had answered"));
    });
    child.stdin.on("error", () => {}); // its end says it all
    createInterface({ input: child.stdout }).on("line", (line) => {
      replies.push(JSON.parse(line) as Reply);
      if (replies.length === 3) end(null);
    });
    for (const message of MESSAGES)
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  });
