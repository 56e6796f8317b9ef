import { parser } from "@lezer/python";
import { blocks, defineCheck, lineAt, ownTexts, resultOf } from "./define.ts";
import { runTool, whyNotRun } from "./run-tool.ts";
import type { CheckInput, Finding, GivenLevel } from "./types.ts";

const ID = "parse-python";

// Compiles without importing, so nothing of the files is executed.
const COMPILE = `import json,sys
bad=[]
for path in sys.argv[1:]:
    try:
        compile(open(path,"rb").read(),path,"exec",dont_inherit=True)
    except (SyntaxError,ValueError) as error:
        bad.append([path,getattr(error,"lineno",None),getattr(error,"msg",str(error))])
print(json.dumps(bad))`;

// The parser's grammar lacks a yield without a value. Lines stay where they are, so findings name the right one.
const withYieldValues = (text: string): string =>
  text.replace(/^([ \t]*(?:\w+[ \t]*=[ \t]*)?yield)(?=[ \t]*(?:#.*)?$)/gm, "$1 None");

/** What the parser alone finds, for machines without Python: the first place where the text is no valid Python. */
export const parseWithoutPython = (path: string, source: string): readonly Finding[] => {
  const text = withYieldValues(source);
  const findings: Finding[] = [];
  parser.parse(text).iterate({
    enter: (node) => {
      if (!node.type.isError || findings.length > 0) return;
      findings.push(blocks(ID, path, lineAt(text, node.from), "is not valid Python here"));
    },
  });
  return findings;
};

type Compiled =
  | { readonly ok: true; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly why: string };

const compile = async (input: CheckInput, paths: readonly string[]): Promise<Compiled> => {
  if (!input.python.ok) return { ok: false, why: `tool not installed: ${input.python.why}` };
  const outcome = await runTool(input, {
    command: input.python.path,
    args: ["-I", "-c", COMPILE, ...paths],
    readOnly: [input.python.prefix],
  });
  const why = whyNotRun(outcome);
  if (why !== null || outcome.status !== "ran") return { ok: false, why: why ?? "not run" };
  if (outcome.exitCode !== 0)
    return { ok: false, why: `python failed: ${outcome.stderr.slice(-200)}` };
  const bad = JSON.parse(outcome.stdout) as readonly [string, number | null, string][];
  return { ok: true, findings: bad.map(([path, line, words]) => blocks(ID, path, line, words)) };
};

/** Python files are valid: compiled by the real interpreter where there is one, else read by a parser. */
export const parsePython = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const files = ownTexts(input, (path) => path.endsWith(".py"));
    if (files.length === 0) return resultOf(ID, { findings: [] });
    const compiled = await compile(
      input,
      files.map(({ path }) => path),
    );
    const version = input.python.ok ? input.python.version : "";
    const levels = files.map(
      ({ path }): GivenLevel => ({
        path,
        level: compiled.ok ? "compiled" : "parsed",
        by: compiled.ok
          ? { check: ID, tool: "python", version }
          : { check: ID, tool: "@lezer/python", version: "1.1" },
      }),
    );
    if (compiled.ok) return resultOf(ID, { findings: compiled.findings, levels });
    return resultOf(ID, {
      findings: files.flatMap(({ path, text }) => parseWithoutPython(path, text)),
      levels,
      weaker: Object.fromEntries(files.map(({ path }) => [path, compiled.why])),
    });
  },
});
