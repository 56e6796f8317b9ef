import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as NewClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as NewTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLI_HARNESS } from "../support/harness.ts";
import { writeTinyPrompts } from "../support/tiny-prompts.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-mcp-"));
  await writeTinyPrompts(join(dir, "prompts"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const server = () => ({
  command: process.execPath,
  args: [CLI_HARNESS, "mcp"],
  env: {
    ...(process.env as Record<string, string>),
    MLPIPELINE_HOME: join(dir, "home"),
    PROMPTS_DIR: join(dir, "prompts"),
  },
});

interface Connected {
  readonly listTools: () => Promise<{
    readonly tools: readonly { readonly name: string; readonly annotations?: unknown }[];
  }>;
  readonly callTool: (call: {
    name: string;
    arguments: Record<string, unknown>;
  }) => Promise<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

const clients: readonly (readonly [string, () => Promise<Connected>])[] = [
  [
    "the new client",
    async () => {
      const client = new NewClient({ name: "test", version: "1.0.0" });
      await client.connect(new NewTransport(server()));
      return client as unknown as Connected;
    },
  ],
  [
    "the old client",
    async () => {
      const client = new OldClient({ name: "test", version: "1.0.0" });
      await client.connect(new OldTransport(server()));
      return client as unknown as Connected;
    },
  ],
];

describe.each(clients)("%s", (_name, connect) => {
  test("sees the same tools, none of which decides, and gets errors that name the next call", async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(
      expect.arrayContaining(["pipeline_status", "run_start", "run_wait"]),
    );
    expect(tools.map((tool) => tool.name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/vote|waive|doctor/)]),
    );
    for (const tool of tools) {
      expect(Object.keys(tool.annotations as object).sort()).toEqual([
        "destructiveHint",
        "idempotentHint",
        "openWorldHint",
        "readOnlyHint",
      ]);
    }
    const status = await client.callTool({ name: "pipeline_status", arguments: {} });
    expect(status.structuredContent).toMatchObject({
      runs: [],
      open_approvals: [],
      next: ["run_start"],
    });
    const unknown = await client.callTool({
      name: "pipeline_status",
      arguments: { run_id: "nothing-1" },
    });
    expect(unknown.isError).toBe(true);
    expect(JSON.stringify(unknown.content)).toMatch(/RUN_NOT_FOUND.*Next:/);
    const extra = await client.callTool({ name: "run_start", arguments: { dryrun: true } });
    expect(JSON.stringify(extra.content)).toContain("INVALID_INPUT");
    await client.close();
  }, 30_000);
});
