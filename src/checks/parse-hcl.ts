import { blocks, defineCheck, ownTexts, resultOf } from "./define.ts";
import { hclFault } from "./hcl-tokens.ts";
import { notInstalled, runTool, tailOf, whyNotRun } from "./run-tool.ts";
import type { CheckInput, Finding, GivenLevel } from "./types.ts";

const ID = "parse-hcl";

const faults = (files: readonly { readonly path: string; readonly text: string }[]) =>
  files.flatMap(({ path, text }) => {
    const fault = hclFault(text);
    return fault ? [blocks(ID, path, fault.line, fault.message)] : [];
  });

interface Asked {
  readonly why: string | null;
  readonly version: string;
  readonly findings: readonly Finding[];
}

// Exit 3 means that it would lay the files out differently, which is worth a word but breaks nothing.
const verdict = (
  paths: readonly string[],
  exitCode: number | null,
  stdout: string,
  stderr: string,
) => {
  if (exitCode === 0) return [];
  if (exitCode === 3)
    return stdout
      .split("\n")
      .filter((line) => paths.includes(line))
      .map(
        (file): Finding => ({
          rule: ID,
          severity: "warn",
          file,
          line: null,
          message: "terraform fmt would change it",
        }),
      );
  const plain = stderr.replaceAll(/[│╷╵]/g, " ");
  const at = /on (\S+) line (\d+)/.exec(plain);
  return [blocks(ID, at?.[1] ?? paths[0] ?? null, at ? Number(at[2]) : null, tailOf(plain, 6))];
};

const askTerraform = async (input: CheckInput, paths: readonly string[]): Promise<Asked> => {
  const tool = (await input.tools.find("terraform")) ?? (await input.tools.find("tofu"));
  if (tool === null) return { why: notInstalled("terraform"), version: "", findings: [] };
  const outcome = await runTool(input, {
    command: tool.path,
    args: ["fmt", "-check", "-list=true", "-write=false", "-no-color", ...paths],
    env: { CHECKPOINT_DISABLE: "1", TF_CLI_CONFIG_FILE: "/dev/null" },
    readOnly: tool.readOnly,
    limits: { memoryMb: 1024 },
  });
  const why = whyNotRun(outcome);
  if (why !== null || outcome.status !== "ran") return { why, version: tool.version, findings: [] };
  const findings = verdict(paths, outcome.exitCode, outcome.stdout, outcome.stderr);
  return { why: null, version: tool.version, findings };
};

/** Terraform files close what they open; where terraform is installed, its own parser reads them. Neither knows a provider. */
export const parseHcl = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const files = ownTexts(input, (path) => /\.(tf|tfvars|tfbackend|hcl)$/.test(path));
    const findings = faults(files);
    // What terraform fmt accepts: of other .hcl files (agents, policies) it knows nothing.
    const readable = files
      .filter(({ path }) => /\.(tf|tfvars)$|\.tftest\.hcl$/.test(path))
      .map(({ path }) => path);
    const asked =
      readable.length > 0 && findings.length === 0 ? await askTerraform(input, readable) : null;
    const levels = files.map(({ path }): GivenLevel => {
      const read = asked?.why === null && readable.includes(path);
      const by = read
        ? { tool: "terraform fmt", version: asked.version }
        : { tool: "tokens", version: "1" };
      return { path, level: "parsed", by: { check: ID, ...by } };
    });
    const reason =
      asked?.why ?? "the service needs an account: the provider's schema is not at hand";
    return resultOf(ID, {
      findings: [...findings, ...(asked?.findings ?? [])],
      levels,
      weaker: Object.fromEntries(files.map(({ path }) => [path, reason])),
    });
  },
});
