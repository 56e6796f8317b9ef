import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";

const run = promisify(execFile);

const read = async (...path: string[]) =>
  JSON.parse(await readFile(join(...path), "utf8")) as Record<string, never>;

// Rules of the registry's schema of 2025-12-11 (modelcontextprotocol/registry), which no npm package carries; written down here as
// far as they concern what our file says. Strict, so that a field that nobody has looked up does not get in.
const NotLatest = z
  .string()
  .max(255)
  .refine((version) => version !== "latest" && !/[\^~<>x*]/.test(version));
const Input = {
  description: z.string(),
  isRequired: z.boolean(),
  isSecret: z.boolean().optional(),
  format: z.enum(["string", "number", "boolean", "filepath"]),
};
const ServerFile = z.strictObject({
  $schema: z.literal(
    "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  ),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  description: z.string().min(1).max(100),
  version: NotLatest,
  packages: z
    .array(
      z.strictObject({
        registryType: z.literal("npm"),
        identifier: z.string(),
        version: NotLatest,
        transport: z.strictObject({ type: z.literal("stdio") }),
        packageArguments: z.array(
          z.strictObject({ type: z.literal("positional"), value: z.string() }),
        ),
        environmentVariables: z.array(z.strictObject({ name: z.string(), ...Input })),
      }),
    )
    .min(1),
});

test("server.json keeps the registry's rules and names the same package, version and server as package.json", async () => {
  const own = await read("package.json");
  const server = ServerFile.parse(await read("server.json"));
  expect(server).toMatchObject({
    name: own.mcpName,
    version: own.version,
    packages: [{ identifier: own.name, version: own.version }],
  });
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
