// Writes the folder of the one-click bundle (.mcpb) for Claude Desktop: a manifest and a launcher without native modules, which starts
// the same version of `mlpipeline mcp` from the registry, because database drivers need not fit a host's own Node. `mcpb pack <folder>`
// makes the file.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders that the host of a bundle fills in
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";

const root = join(import.meta.dirname, "..");
const { description, license, name, version } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const dir = argv[2] ?? join(root, "dist", "mcpb");

const manifest = {
  manifest_version: "0.4",
  name,
  display_name: "mlpipeline",
  version,
  description:
    "Build, approve and watch ML pipelines with specialist agents. People keep the decisions.",
  long_description: description,
  author: { name: "mlpipeline" },
  license,
  server: {
    type: "node",
    entry_point: "launcher.mjs",
    mcp_config: {
      command: "node",
      args: ["${__dirname}/launcher.mjs"],
      env: {
        MLPIPELINE_HOME: "${user_config.home}",
        MLPIPELINE_MCP_READ_ONLY: "${user_config.read_only}",
      },
    },
  },
  user_config: {
    home: {
      type: "directory",
      title: "Home",
      description: "The folder that holds mlpipeline.yml and everything that is kept",
      required: true,
      default: "${HOME}/.mlpipeline",
    },
    read_only: {
      type: "boolean",
      title: "Read-only",
      description: "Offer nothing that changes anything",
      default: false,
    },
  },
  tools_generated: true,
  prompts_generated: true,
  privacy_policies: [],
  compatibility: { platforms: ["darwin", "linux", "win32"], runtimes: { node: ">=20.20" } },
};

const launcher = `// Starts mlpipeline ${version} over stdio. Nothing but the protocol may reach stdout.
import { spawn } from "node:child_process";

const args = ["-y", "${name}@${version}", "mcp"];
if (process.env.MLPIPELINE_MCP_READ_ONLY === "true") args.push("--read-only");
const windows = process.platform === "win32";
const child = spawn(windows ? "npx.cmd" : "npx", args, { stdio: "inherit", shell: windows });
child.once("error", (error) => {
  process.stderr.write(\`mlpipeline could not be started: \${error.message}. Install Node 20.20 or newer.\\n\`);
  process.exitCode = 1;
});
child.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
`;

mkdirSync(dir, { recursive: true });
writeFileSync(join(dir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
writeFileSync(join(dir, "launcher.mjs"), launcher);
process.stdout.write(`${dir}\n`);
