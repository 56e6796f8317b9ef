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

type Environment = Readonly<Record<string, string | undefined>>;

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

const told = (tools: number, tookMs: number, as: string): string =>
  `started once: it answered ${as} with ${tools} tools and read pipeline_status, in ${(tookMs / 1000).toFixed(1)} s`;

const summary = (replies: readonly Reply[], tookMs: number): string => {
  const failed = replies.find((one) => one.error !== undefined || one.result?.isError === true);
  if (failed) throw new Error(failed.error?.message ?? JSON.stringify(failed.result));
  const tools = replies.find((one) => one.id === 2)?.result?.tools?.length ?? 0;
  return told(tools, tookMs, "plain messages");
};

/** Sends the three messages itself: for where no client is installed. */
const askPlainly = (
  entry: Entry,
  environment: Environment,
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

/** The client of the 2025 revisions, or null where only what the server needs is installed: it is no dependency of the product. */
const loadClient = async () => {
  try {
    const [{ Client }, { StdioClientTransport }] = await Promise.all([
      import("@modelcontextprotocol/sdk/client/index.js"),
      import("@modelcontextprotocol/sdk/client/stdio.js"),
    ]);
    return { Client, StdioClientTransport };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")
      return null;
    throw error;
  }
};

const definedIn = (environment: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter((one): one is [string, string] => one[1] !== undefined),
  );

const askWithClient = async (
  { Client, StdioClientTransport }: NonNullable<Awaited<ReturnType<typeof loadClient>>>,
  entry: Entry,
  environment: Environment,
  monotonicMs: () => number,
): Promise<string> => {
  const begun = monotonicMs();
  const client = new Client({ name: "mlpipeline mcp install", version: "1" });
  const patience = { timeout: PATIENCE_MS };
  const transport = new StdioClientTransport({
    command: entry.command,
    args: [...entry.args],
    env: { ...definedIn(environment), ...entry.env },
    stderr: "ignore",
  });
  try {
    await client.connect(transport, patience);
    const { tools } = await client.listTools({}, patience);
    const read = { name: "pipeline_status", arguments: {} };
    const result = await client.callTool(read, undefined, patience);
    if (result.isError) throw new Error(JSON.stringify(result.content));
    return told(tools.length, monotonicMs() - begun, "@modelcontextprotocol/sdk 1.x");
  } finally {
    await client.close();
  }
};

/**
 * Starts the server as a client would and asks it three things: who it is, what it offers, and one read. Gives what it answered in a
 * sentence; throws when it did not. Speaks as clients of the 2025 revisions do, because those are what people have installed: with
 * their own client where that is installed, else with the same messages by hand.
 */
export const selfCheck = async (
  entry: Entry,
  environment: Environment,
  monotonicMs: () => number,
  load: typeof loadClient = loadClient,
): Promise<string> => {
  const client = await load();
  return client === null
    ? askPlainly(entry, environment, monotonicMs)
    : askWithClient(client, entry, environment, monotonicMs);
};
