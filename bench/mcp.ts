import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { mountMcp } from "../mcp/mount.ts";
import { createApp } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { createHttp } from "../src/runtime/http.ts";
import { CLI, repeat, timed } from "./measure.ts";
import { median, percentile, print, say } from "./report.ts";

const WARM = 50;
const CALLS = 500;
const MANY = 1_000;
const IN_FLIGHT = 8;
const CONNECTS = 3;
const KEY = "0".repeat(64);

type Mode = "auto" | "legacy";

const clientOf = (mode: Mode): Client =>
  new Client({ name: "bench", version: "1" }, { versionNegotiation: { mode } });

const overStdio = async (home: string, mode: Mode): Promise<Client> => {
  const client = clientOf(mode);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [CLI, "mcp"],
      env: { ...(process.env as Record<string, string>), MLPIPELINE_HOME: home },
      stderr: "ignore",
    }),
  );
  return client;
};

const read = (client: Client) => client.callTool({ name: "pipeline_status", arguments: {} });

const inSequence = async (client: Client): Promise<number[]> => {
  await repeat(WARM, () => read(client));
  return repeat(CALLS, () => timed(() => read(client)));
};

const inParallel = async (client: Client): Promise<number[]> => {
  const took: number[] = [];
  let left = MANY;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      took.push(await timed(() => read(client)));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return took;
};

const serve = async (dir: string) => {
  const home = join(dir, "mcp-http");
  const config = readConfig({ cwd: dir, homeDir: home });
  const app = await createApp(config);
  await app.ensureOwner();
  const mcp = { ...config.workspace.surfaces.mcp, http: true, rate_per_minute: 1_000_000 };
  const mounted = await mountMcp(app, {
    workspace: { ...config.workspace, surfaces: { ...config.workspace.surfaces, mcp } },
    tokens: [],
    osUser: config.osUser,
    root: process.cwd(),
    homeKey: KEY,
  });
  const http = createHttp({ bind: "127.0.0.1", port: 0, log: app.deps.log });
  for (const { handler, path } of mounted?.paths ?? []) http.mount(path, handler);
  const { port } = await http.start();
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    close: async () => {
      await mounted?.close();
      await http.stop();
      app.close();
    },
  };
};

const show = (what: string, took: readonly number[], bound: number | null): void => {
  print({ what: `${what}, p50`, value: median(took), unit: "ms", bound: null });
  print({ what: `${what}, p95`, value: percentile(took, 0.95), unit: "ms", bound });
};

/** Reads over both transports and both generations, and how long a client waits for its first answer. */
export const benchMcp = async (dir: string): Promise<void> => {
  say("MCP: pipeline_status, client on the same processors");
  const home = join(dir, "mcp-stdio");
  const first = await repeat(CONNECTS, () =>
    timed(async () => {
      const client = await overStdio(home, "auto");
      await read(client);
      await client.close();
    }),
  );
  print({
    what: "start to first answer over stdio",
    value: median(first),
    unit: "ms",
    bound: 1_000,
  });
  for (const mode of ["auto", "legacy"] as const) {
    const client = await overStdio(home, mode);
    show(`stdio, ${mode}`, await inSequence(client), 10);
    await client.close();
  }
  const served = await serve(dir);
  for (const mode of ["auto", "legacy"] as const) {
    const client = clientOf(mode);
    await client.connect(new StreamableHTTPClientTransport(served.url));
    await repeat(WARM, () => read(client));
    show(`HTTP, ${mode}, ${IN_FLIGHT} in flight`, await inParallel(client), 30);
    await client.close();
  }
  await served.close();
};
