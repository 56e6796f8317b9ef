import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

const read = async (...path: string[]) =>
  JSON.parse(await readFile(join(...path), "utf8")) as Record<string, never>;

// Rules of the registry's schema of 2025-12-11 (modelcontextprotocol/registry); the schema itself is not kept here.
test("server.json names the same package, version and server as package.json", async () => {
  const [server, own] = [await read("server.json"), await read("package.json")];
  expect(server.name).toBe(own.mcpName);
  expect(server.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  expect(String(server.description).length).toBeLessThanOrEqual(100);
  expect(server.version).toBe(own.version);
  expect(server.packages).toMatchObject([
    {
      registryType: "npm",
      identifier: own.name,
      version: own.version,
      transport: { type: "stdio" },
    },
  ]);
});

test("the bundle starts the same version over stdio and carries nothing native", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mlpipeline-mcpb-"));
  await run(process.execPath, ["scripts/mcpb.mjs", dir]);
  const [manifest, own] = [await read(dir, "manifest.json"), await read("package.json")];
  expect(manifest).toMatchObject({
    manifest_version: "0.4",
    version: own.version,
    server: { type: "node", entry_point: "launcher.mjs" },
    user_config: { home: { type: "directory" }, read_only: { type: "boolean" } },
  });
  const launcher = await readFile(join(dir, "launcher.mjs"), "utf8");
  expect(launcher).toContain(`${own.name}@${own.version}`);
  expect(launcher.match(/^import .*$/gm)).toEqual(['import { spawn } from "node:child_process";']);
  await run(process.execPath, ["--check", join(dir, "launcher.mjs")]);
  await rm(dir, { recursive: true, force: true });
});
