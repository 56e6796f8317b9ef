import { blocks, defineCheck, resultOf } from "./define.ts";
import { metricNames } from "./promql.ts";
import { isPromised, judgedNow, pathExists } from "./repo-paths.ts";
import { isRuleFile, type PromRule, readRuleFile } from "./rule-files.ts";
import type { CheckInput, Finding } from "./types.ts";

const ID = "metric-names-exist";
/** Metrics that exporters and the cluster bring, not this repository. */
const FROM_ELSEWHERE =
  /^(up|scrape_|ALERTS|kube_|container_|node_|process_|python_|go_|machine_|istio_|envoy_|keda_|DCGM_|dcgm_|prometheus_|alertmanager_|otelcol_|opencost_|kubecost_|argo|pv_|kubelet_|push_|http_server_|airflow_|prefect_|dagster_)/;
const SUFFIX = /_(bucket|count|sum|total|created|info)$/;

const kebab = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();

const runbookOf = (rule: PromRule): string => {
  const named = Object.entries(rule.annotations).find(([key]) => /^runbook/.test(key))?.[1];
  const path = /(runbooks\/[\w./-]+\.md)/.exec(String(named ?? ""))?.[1];
  return path ?? `runbooks/${kebab(rule.alert ?? "")}.md`;
};

const runbooks = (
  input: CheckInput,
  path: string,
  rules: readonly PromRule[],
): readonly Finding[] =>
  rules
    .filter(({ alert }) => alert !== null)
    .filter((rule) => !pathExists(input, runbookOf(rule)) && !isPromised(input, runbookOf(rule)))
    .map((rule) =>
      blocks(ID, path, rule.line, `${rule.alert} has no runbook (${runbookOf(rule)})`),
    );

/** Text in which a metric of ours must stand: the code that counts it, and the rules that record it. */
const sources = (input: CheckInput): string =>
  input.files.list
    .filter((path) => path.endsWith(".py") || /otel\/.*\.ya?ml$/.test(path))
    .map((path) => input.files.text(path) ?? "")
    .join("\n");

/** Each alert has its runbook, and each metric that rules read is counted by code, recorded by a rule or brought by an exporter. */
export const metricNamesExist = defineCheck({
  id: ID,
  deliverables: ["alerting", "observability", "model-monitoring"],
  at: "observability-engineer",
  run: async (input) => {
    const read = (path: string) => readRuleFile(input.files.text(path) ?? "").rules;
    const ruleFiles = input.files.list.filter(isRuleFile);
    const recorded = new Set(ruleFiles.flatMap(read).flatMap(({ record }) => record ?? []));
    const code = sources(input);
    const isKnown = (name: string) =>
      recorded.has(name) ||
      FROM_ELSEWHERE.test(name) ||
      code.includes(name) ||
      code.includes(name.replace(SUFFIX, ""));
    const findings = judgedNow(input)
      .filter(isRuleFile)
      .flatMap((path) => {
        const rules = read(path);
        const unknown = rules.flatMap((rule) =>
          metricNames(rule.expr)
            .filter((name) => !isKnown(name))
            .map(
              (name): Finding => ({
                rule: ID,
                severity: "warn",
                file: path,
                line: rule.line,
                message: `nothing in the repository counts or records ${name}`,
              }),
            ),
        );
        return [...runbooks(input, path, rules), ...unknown];
      });
    return resultOf(ID, { findings });
  },
});
