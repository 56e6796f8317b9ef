import { parse, parseAllDocuments } from "yaml";
import { blocks, defineCheck, resultOf } from "./define.ts";
import { chartFolders } from "./helm/chart-files.ts";
import { outlineOf } from "./helm/outline.ts";
import { templateTokens } from "./helm/template-tokens.ts";
import { hasPath, valuesReads } from "./helm/values-paths.ts";
import { notInstalled, runTool, tailOf, whyNotRun } from "./run-tool.ts";
import type { CheckInput, Finding, GivenLevel } from "./types.ts";

const ID = "helm-chart";

const parsed = (text: string | null): unknown => {
  try {
    return text === null ? null : parse(text);
  } catch {
    return null; // parse-yaml says where.
  }
};

const chartProblems = (input: CheckInput, folder: string): readonly Finding[] => {
  const path = `${folder}/Chart.yaml`;
  const chart = parsed(input.files.text(path));
  const fields = typeof chart === "object" && chart !== null ? chart : {};
  const missing = ["apiVersion", "name", "version"].filter((key) => !Object.hasOwn(fields, key));
  const found = missing.map((key) => blocks(ID, path, null, `${key} is missing`));
  return input.files.text(`${folder}/values.yaml`) === null
    ? [...found, blocks(ID, path, null, "the chart has no values.yaml")]
    : found;
};

const yamlProblems = (path: string, text: string): readonly Finding[] => {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  const errors = "empty" in documents ? [] : documents.flatMap((document) => document.errors);
  return errors
    .slice(0, 1)
    .map((error) =>
      blocks(ID, path, null, `does not come to YAML: ${error.message.split("\n")[0]}`),
    );
};

const templateProblems = (path: string, text: string, values: unknown): readonly Finding[] => {
  const tokens = templateTokens(text);
  if (!tokens.ok) return [blocks(ID, path, tokens.line, tokens.message)];
  const outline = outlineOf(tokens.tokens);
  if (outline.fault) return [blocks(ID, path, outline.fault.line, outline.fault.message)];
  const unknown = valuesReads(tokens.tokens)
    .filter((read) => !read.optional && !hasPath(values, read.path))
    .map((read) =>
      blocks(ID, path, read.line, `.Values.${read.path.join(".")} is not in values.yaml`),
    );
  const isManifest = /\.ya?ml$/.test(path);
  return isManifest ? [...unknown, ...yamlProblems(path, outline.text)] : unknown;
};

const lint = async (input: CheckInput, folder: string) => {
  const tool = await input.tools.find("helm");
  if (tool === null) return { why: notInstalled("helm"), version: "", findings: [] };
  const outcome = await runTool(input, {
    command: tool.path,
    args: ["lint", "--strict", folder],
    readOnly: tool.readOnly,
  });
  const why = whyNotRun(outcome);
  if (why !== null || outcome.status !== "ran") return { why, version: tool.version, findings: [] };
  const said = tailOf(`${outcome.stdout}\n${outcome.stderr}`, 6);
  const findings = outcome.exitCode === 0 ? [] : [blocks(ID, `${folder}/Chart.yaml`, null, said)];
  return { why: null, version: tool.version, findings };
};

const examineChart = async (input: CheckInput, folder: string) => {
  const paths = input.files.list.filter((path) => path.startsWith(`${folder}/`));
  const templates = paths.filter(
    (path) => path.startsWith(`${folder}/templates/`) && /\.(ya?ml|tpl|txt)$/.test(path),
  );
  const values = parsed(input.files.text(`${folder}/values.yaml`));
  const findings = [
    ...chartProblems(input, folder),
    ...templates.flatMap((path) => templateProblems(path, input.files.text(path) ?? "", values)),
  ];
  const linted = await lint(input, folder);
  const by =
    linted.why === null
      ? { tool: "helm lint", version: linted.version }
      : { tool: "template outline", version: "1" };
  const read =
    linted.why === null ? paths : [...templates, `${folder}/Chart.yaml`, `${folder}/values.yaml`];
  const levels = read.map(
    (path): GivenLevel => ({
      path,
      level: linted.why === null ? "executed" : "parsed",
      by: { check: ID, ...by },
    }),
  );
  const { why } = linted;
  const weaker = why === null ? {} : Object.fromEntries(read.map((path) => [path, why]));
  return { findings: [...findings, ...linted.findings], levels, weaker };
};

/**
 * Charts: actions close and nest, every value that a template reads is in values.yaml, and what comes out is YAML. Where helm
 * is installed, `helm lint --strict` runs the templates for real.
 */
export const helmChart = defineCheck({
  id: ID,
  deliverables: "any",
  run: async (input) => {
    const folders = chartFolders(input.files.list).filter((folder) =>
      input.own.some((path) => path.startsWith(`${folder}/`)),
    );
    const seen = await Promise.all(folders.map((folder) => examineChart(input, folder)));
    return resultOf(ID, {
      findings: seen.flatMap(({ findings }) => findings),
      levels: seen.flatMap(({ levels }) => levels),
      weaker: Object.assign({}, ...seen.map(({ weaker }) => weaker)),
    });
  },
});
