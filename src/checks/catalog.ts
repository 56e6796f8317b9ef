import { contractFiles } from "./contract-files.ts";
import { dashboards } from "./dashboards.ts";
import { helmChart } from "./helm-chart.ts";
import { kubernetesManifest } from "./kubernetes-manifest.ts";
import { makeTargetsExist } from "./make-targets-exist.ts";
import { metricNamesExist } from "./metric-names-exist.ts";
import { noEmptyFile } from "./no-empty-file.ts";
import { noUntrustedMarkup } from "./no-untrusted-markup.ts";
import { parseDockerfile } from "./parse-dockerfile.ts";
import { parseHcl } from "./parse-hcl.ts";
import { parseIgnoreFiles } from "./parse-ignore-files.ts";
import { parseIni } from "./parse-ini.ts";
import { parseJson } from "./parse-json.ts";
import { parseMakefile } from "./parse-makefile.ts";
import { parseMarkdownLinks } from "./parse-markdown-links.ts";
import { parseParquet } from "./parse-parquet.ts";
import { parsePython } from "./parse-python.ts";
import { parseToml } from "./parse-toml.ts";
import { parseYaml } from "./parse-yaml.ts";
import { pathsExist } from "./paths-exist.ts";
import { personalData } from "./personal-data.ts";
import { prometheusRules } from "./prometheus-rules.ts";
import { secretsScan } from "./secrets-scan.ts";
import { shellScript } from "./shell-script.ts";
import { trainAndTest } from "./train-and-test.ts";
import type { Check } from "./types.ts";

/** All checks, cheap ones first: what executes code comes last. Ids are stable; contracts name them. */
export const CHECKS: readonly Check[] = [
  noEmptyFile,
  noUntrustedMarkup,
  secretsScan,
  personalData,
  contractFiles,
  parseYaml,
  parseJson,
  parseToml,
  parseIgnoreFiles,
  parseIni,
  parseMarkdownLinks,
  parseDockerfile,
  dashboards,
  kubernetesManifest,
  makeTargetsExist,
  pathsExist,
  metricNamesExist,
  parseParquet,
  parseHcl,
  helmChart,
  prometheusRules,
  shellScript,
  parseMakefile,
  parsePython,
  trainAndTest,
];
