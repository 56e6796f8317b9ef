import { dirname } from "node:path";
import { blocks, defineCheck, ownTexts, resultOf } from "./define.ts";
import { bracketFault } from "./promql.ts";
import { isRuleFile, type PromRule, readRuleFile } from "./rule-files.ts";
import { notInstalled, runTool, tailOf, whyNotRun } from "./run-tool.ts";
import type { Tool } from "./tools.ts";
import type { CheckInput, CheckResult, Finding, GivenLevel } from "./types.ts";

const ID = "prometheus-rules";
const DURATION = /^(\d+(ms|[smhdwy]))+$/;
const RECORD = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

const ruleProblems = (rule: PromRule): readonly string[] => {
  const name = rule.alert ?? rule.record ?? "a rule";
  const fault = bracketFault(rule.expr);
  return [
    ...((rule.alert === null) === (rule.record === null)
      ? [`${name} needs either record or alert`]
      : []),
    ...(rule.record !== null && !RECORD.test(rule.record) ? [`${name} is not a metric name`] : []),
    ...(rule.expr.trim() === "" ? [`${name} has no expr`] : []),
    ...(fault === null ? [] : [`${name}: ${fault}`]),
    ...(rule.for !== null && !DURATION.test(rule.for) ? [`${name}: for is not a duration`] : []),
    ...(rule.alert !== null && rule.labels.severity === undefined
      ? [`${name} has no severity`]
      : []),
    ...(rule.alert !== null && rule.annotations.summary === undefined
      ? [`${name} has no summary`]
      : []),
  ];
};

const shape = (path: string, text: string): readonly Finding[] => {
  const file = readRuleFile(text);
  return [
    ...file.problems.map(({ line, message }) => blocks(ID, path, line, message)),
    ...file.rules.flatMap((rule) =>
      ruleProblems(rule).map((message) => blocks(ID, path, rule.line, message)),
    ),
  ];
};

const promtool = async (input: CheckInput, tool: Tool, what: "check" | "test", path: string) => {
  // Rule tests name their rule files relative to themselves.
  const at =
    what === "test"
      ? { cwdIn: dirname(path), file: path.slice(dirname(path).length + 1) }
      : { cwdIn: ".", file: path };
  const outcome = await runTool(input, {
    command: "/bin/sh",
    args: ["-c", 'cd "$1" && exec "$2" "$3" rules "$4"', "sh", at.cwdIn, tool.path, what, at.file],
    readOnly: tool.readOnly,
  });
  const why = whyNotRun(outcome);
  if (why !== null || outcome.status !== "ran") return { why, findings: [] };
  const said = tailOf(`${outcome.stdout}\n${outcome.stderr}`, 6);
  return { why: null, findings: outcome.exitCode === 0 ? [] : [blocks(ID, path, null, said)] };
};

const isRuleTest = (path: string): boolean => /(^|\/)monitoring\/rules_test\/.*\.ya?ml$/.test(path);

/** Rule files have the shape Prometheus wants; promtool, where installed, checks them and runs their tests. */
export const prometheusRules = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input): Promise<CheckResult> => {
    const rules = ownTexts(input, isRuleFile);
    const findings: Finding[] = rules.flatMap(({ path, text }) => shape(path, text));
    const paths = [...rules.map(({ path }) => path), ...input.own.filter(isRuleTest)];
    const tool = paths.length > 0 ? await input.tools.find("promtool") : null;
    const levels: GivenLevel[] = [];
    const weaker: Record<string, string> = {};
    for (const path of paths) {
      const asked =
        tool === null
          ? { why: notInstalled("promtool"), findings: [] }
          : await promtool(input, tool, isRuleTest(path) ? "test" : "check", path);
      findings.push(...asked.findings);
      if (asked.why !== null) weaker[path] = asked.why;
      else
        levels.push({
          path,
          level: "executed",
          by: { check: ID, tool: "promtool", version: tool?.version ?? "" },
        });
      if (isRuleFile(path))
        levels.push({ path, level: "parsed", by: { check: ID, tool: "rule shape", version: "1" } });
    }
    return resultOf(ID, { findings, levels, weaker });
  },
});
