import { blocks, defineCheck, resultOf, skipped } from "./define.ts";
import { makeRules, strayLines } from "./makefile.ts";
import { notInstalled, runTool, tailOf, whyNotRun, withFiles } from "./run-tool.ts";
import type { CheckInput, Finding } from "./types.ts";

const ID = "parse-makefile";
const PATH = "Makefile";

/** What is wrong with a Makefile by its grammar alone. */
export const readMakefile = (text: string): readonly Finding[] => {
  const stray = strayLines(text).map((line) =>
    blocks(
      ID,
      PATH,
      line,
      "is neither a rule, a recipe (which starts with a tab) nor an assignment",
    ),
  );
  const help = makeRules(text).some(({ target }) => target === "help");
  return help ? stray : [...stray, blocks(ID, PATH, null, "has no target help")];
};

/** What make itself says to `make -n help`, or why it was not asked. An assembled Makefile includes no other file. */
const ask = async (input: CheckInput) => {
  const tool = await input.tools.find("make");
  if (tool === null) return { why: notInstalled("make"), version: "", findings: [] };
  const { path: command, readOnly } = tool;
  const outcome = await withFiles(input, [PATH], (cwd) =>
    runTool(input, { command, args: ["-n", "help"], readOnly, cwd }),
  );
  const why = whyNotRun(outcome);
  if (why !== null || outcome.status !== "ran") return { why, version: tool.version, findings: [] };
  const line = Number(/Makefile:(\d+):/.exec(outcome.stderr)?.[1] ?? Number.NaN);
  const findings =
    outcome.exitCode === 0
      ? []
      : [blocks(ID, PATH, Number.isNaN(line) ? null : line, tailOf(outcome.stderr, 2))];
  return { why: null, version: tool.version, findings };
};

/** The assembled Makefile is accepted by make, or at least by its grammar. */
export const parseMakefile = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const text = input.files.text(PATH);
    if (text === null) return skipped(ID, "the repository has no Makefile yet");
    const asked = await ask(input);
    const level = asked.why === null ? "compiled" : "parsed";
    const by = {
      check: ID,
      tool: asked.why === null ? "make" : "grammar",
      version: asked.why === null ? asked.version : "1",
    };
    return resultOf(ID, {
      findings: [...readMakefile(text), ...asked.findings],
      levels: [{ path: PATH, level, by }],
      ...(asked.why === null ? {} : { weaker: { [PATH]: asked.why } }),
    });
  },
});
