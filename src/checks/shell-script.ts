import { blocks, defineCheck, ownTexts, resultOf } from "./define.ts";
import { notInstalled, runTool, tailOf, whyNotRun } from "./run-tool.ts";
import type { Finding, GivenLevel } from "./types.ts";

const ID = "shell-script";

/** Shell scripts are read to their end by bash, without running them. */
export const shellScript = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const files = ownTexts(input, () => true).filter(
      ({ path, text }) => path.endsWith(".sh") || /^#!.*\b(ba)?sh\b/.test(text),
    );
    const bash = files.length > 0 ? await input.tools.find("bash") : null;
    const findings: Finding[] = [];
    const levels: GivenLevel[] = [];
    const weaker: Record<string, string> = {};
    for (const { path } of files) {
      const outcome =
        bash === null
          ? null
          : await runTool(input, {
              command: bash.path,
              args: ["-n", path],
              readOnly: bash.readOnly,
            });
      const why = outcome === null ? notInstalled("bash") : whyNotRun(outcome);
      if (why !== null || outcome?.status !== "ran") {
        weaker[path] = why ?? notInstalled("bash");
        continue;
      }
      const line = Number(/line (\d+):/.exec(outcome.stderr)?.[1] ?? 1);
      if (outcome.exitCode !== 0) findings.push(blocks(ID, path, line, tailOf(outcome.stderr, 2)));
      levels.push({
        path,
        level: "compiled",
        by: { check: ID, tool: "bash", version: bash?.version ?? "" },
      });
    }
    return resultOf(ID, { findings, levels, weaker });
  },
});
