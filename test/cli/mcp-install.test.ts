import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type McpInstallDeps, mcpInstall } from "../../src/cli/commands/mcp-install.ts";

let dir: string;
let said: string[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mlpipeline-install-"));
  said = [];
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const deps = (more: Partial<McpInstallDeps> = {}): McpInstallDeps => ({
  io: { out: (text) => void said.push(text), err: () => {}, live: false, json: false },
  entry: { command: "/usr/bin/node", args: ["cli.js", "mcp"], env: { MLPIPELINE_HOME: "/home" } },
  check: async () => "it answered",
  userDir: dir,
  platform: "linux",
  ...more,
});

const settings = async (...path: string[]) =>
  JSON.parse(await readFile(join(dir, ...path), "utf8")) as Record<string, never>;

test.each([
  [
    "claude-desktop",
    "darwin",
    ["Library", "Application Support", "Claude", "claude_desktop_config.json"],
  ],
  ["claude-desktop", "linux", [".config", "Claude", "claude_desktop_config.json"]],
  ["claude-desktop", "win32", ["AppData", "Roaming", "Claude", "claude_desktop_config.json"]],
  ["claude-code", "linux", [".claude.json"]],
  ["cursor", "linux", [".cursor", "mcp.json"]],
] as const)("%s on %s gets the entry in the file that it reads", async (client, platform, path) => {
  await mcpInstall(deps({ platform }), { client });
  expect(await settings(...path)).toEqual({
    mcpServers: {
      mlpipeline: {
        command: "/usr/bin/node",
        args: ["cli.js", "mcp"],
        env: { MLPIPELINE_HOME: "/home" },
      },
    },
  });
  expect(said.join()).toContain("it answered");
});

test("everything else in the file stays, the file as it was lies beside it, and uninstalling restores it", async () => {
  const file = join(dir, "c.json");
  const before = '{"theme": "dark", "mcpServers": {"other": {"command": "x"}}}';
  await writeFile(file, before);
  await mcpInstall(deps(), { client: "cursor", file });
  expect(await settings("c.json")).toMatchObject({
    theme: "dark",
    mcpServers: { other: { command: "x" }, mlpipeline: {} },
  });
  expect(await readFile(`${file}.before-mlpipeline`, "utf8")).toBe(before);
  expect(said.join()).toContain('+   "mlpipeline"');
  await mcpInstall(deps(), { client: "cursor", file, remove: true });
  expect(await settings("c.json")).toEqual(JSON.parse(before));
});

test("printing changes nothing, and installing twice changes nothing the second time", async () => {
  const file = join(dir, "c.json");
  await mcpInstall(deps(), { client: "cursor", file, print: true });
  await expect(readFile(file)).rejects.toMatchObject({ code: "ENOENT" });
  await mcpInstall(deps(), { client: "cursor", file });
  const first = await readFile(file, "utf8");
  await mcpInstall(deps(), { client: "cursor", file });
  expect(await readFile(file, "utf8")).toBe(first);
  expect(said.at(-1)).toContain("nothing to change");
});

test.each(["{", "[]", '{"mcpServers": []}'])(
  "a file that holds %s is left as it is",
  async (text) => {
    const file = join(dir, "c.json");
    await writeFile(file, text);
    await expect(mcpInstall(deps(), { client: "cursor", file })).rejects.toMatchObject({
      code: "CLIENT_FILE_INVALID",
    });
    expect(await readFile(file, "utf8")).toBe(text);
  },
);

test("a server that does not answer is told, with what to do", async () => {
  const broken = deps({
    check: async () => {
      throw new Error("no");
    },
  });
  await expect(
    mcpInstall(broken, { client: "cursor", file: join(dir, "c.json") }),
  ).rejects.toMatchObject({
    code: "SERVER_DID_NOT_ANSWER",
    next: expect.stringContaining("doctor"),
  });
});
