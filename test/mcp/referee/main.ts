// `npm run test:mcp`: the referees of the MCP surface, on the product's own server and, with their fixtures, on its surface. They need a newer Node, which their folder brings.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestApp } from "../../support/test-app.ts";
import { serveHttp } from "../support/serve-http.ts";
import { BIN, refereed, type Verdict } from "./refereed.ts";
import { requirements } from "./requirements.ts";

const run = promisify(execFile);

/** Scenarios that need no tools of their own on the server, with the revision each is asked for. */
const SCENARIOS: readonly (readonly [string, string])[] = [
  ["server-initialize", "2025-11-25"],
  ["ping", "2025-11-25"],
  ["tools-list", "2025-11-25"],
  ["resources-list", "2025-11-25"],
  ["prompts-list", "2025-11-25"],
  ["dns-rebinding-protection", "2025-11-25"],
  ["server-sse-multiple-streams", "2025-11-25"],
  ["server-session-lifecycle", "2025-11-25"],
  ["tools-list", "2026-07-28"],
  ["resources-list", "2026-07-28"],
  ["prompts-list", "2026-07-28"],
  ["dns-rebinding-protection", "2026-07-28"],
  ["caching", "2026-07-28"],
  ["sep-2164-resource-not-found", "2026-07-28"],
  ["http-header-validation", "2026-07-28"],
  ["input-required-result-unsupported-methods", "2026-07-28"],
  ["input-required-result-ignore-extra-params", "2026-07-28"],
  ["input-required-result-validate-input", "2026-07-28"],
  ["input-required-result-missing-input-response", "2026-07-28"],
];

const conformance = async (): Promise<readonly Verdict[]> => {
  const t = await createTestApp({
    workspace:
      "surfaces: {mcp: {http: true, rate_per_minute: 100000, toolsets: [core, monitoring, registry, audit]}}",
  });
  const served = await serveHttp(t);
  const verdicts: Verdict[] = [];
  for (const [scenario, revision] of SCENARIOS)
    verdicts.push(
      await refereed(`${scenario} ${revision}`, "conformance", [
        "server",
        "--url",
        `${served.url}/mcp`,
        "--scenario",
        scenario,
        "--spec-version",
        revision,
      ]),
    );
  await served.close();
  await t.close();
  return verdicts;
};

const inspector = async (dir: string): Promise<Verdict> => {
  const entry = [
    process.execPath,
    "--import",
    "tsx",
    join(process.cwd(), "src", "cli", "main.ts"),
    "mcp",
  ];
  const verdict = await refereed("inspector strict", "mcp-inspector", [
    "--cli",
    ...entry,
    "-e",
    `MLPIPELINE_HOME=${join(dir, "home")}`,
    "--method",
    "tools/list",
    "--strict",
    "--format",
    "json",
  ]);
  // Its exit code is for errors only: findings about schemas are in what it prints.
  return { ...verdict, ok: verdict.ok && !verdict.out.includes("schemaFindings") };
};

/** The one-click bundle, packed as it is handed out and opened again: what is judged is what a host would read. */
const bundle = async (dir: string): Promise<readonly Verdict[]> => {
  const [made, opened] = [join(dir, "made"), join(dir, "opened")];
  const file = join(dir, "mlpipeline.mcpb");
  await run(process.execPath, ["scripts/mcpb.mjs", made]);
  const packed = await refereed("mcpb pack", "mcpb", ["pack", made, file]);
  const unpacked = await refereed("mcpb unpack", "mcpb", ["unpack", file, opened]);
  const manifest = join(opened, "manifest.json");
  return [packed, unpacked, await refereed("mcpb validate", "mcpb", ["validate", manifest])];
};

if (!existsSync(BIN)) {
  process.stderr.write("test/mcp/referee is not installed: npm ci --prefix test/mcp/referee\n");
  process.exit(2);
}
const dir = await mkdtemp(join(tmpdir(), "mlpipeline-referee-"));
await writeFile(join(dir, "keep"), "");
const required = await requirements(dir);
const verdicts = [
  ...required.verdicts,
  ...(await conformance()),
  await inspector(dir),
  ...(await bundle(join(dir, "mcpb"))),
];
await rm(dir, { recursive: true, force: true });
for (const { name, ok, said } of verdicts)
  process.stdout.write(`${ok ? "passed" : "FAILED"}  ${name}${ok ? "" : `\n${said}`}\n`);
for (const line of required.notScored) process.stdout.write(`not scored  ${line}\n`);
const failed = verdicts.filter((one) => !one.ok).length;
process.stdout.write(`${verdicts.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
