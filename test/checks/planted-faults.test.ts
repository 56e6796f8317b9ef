import { afterAll, describe, expect, test } from "vitest";
import { CHECKS } from "../../src/checks/catalog.ts";
import type { CheckInput } from "../../src/checks/types.ts";
import { createBench } from "../support/check-input.ts";

const bench = await createBench();
afterAll(bench.dispose);

/** A repository that a check passes, and changes to it that each make the check fail: path, text, words of the finding. */
interface Case {
  readonly clean: Readonly<Record<string, string | Uint8Array>>;
  readonly faults: Readonly<Record<string, readonly [string, string | Uint8Array, RegExp]>>;
  readonly more?: Partial<CheckInput>;
}

const MAKEFILE =
  "PY ?= python3\n.PHONY: help test\n\nhelp: ## List\n\t@echo help\n\ntest: ## Test\n\t$(PY) -m pytest\n";
const VALUES = "image:\n  repository: scorer\n  tag: '1'\nreplicas: 2\nresources: {}\nport: 8080\n";
const CHART = "apiVersion: v2\nname: scorer\nversion: 0.1.0\n";
const TEMPLATE = [
  "apiVersion: apps/v1",
  "kind: Deployment",
  "metadata:",
  '  name: {{ include "scorer.name" . }}',
  "  labels:",
  '    {{- include "scorer.labels" . | nindent 4 }}',
  "    component: api",
  "spec:",
  "  {{- if .Values.replicas }}",
  "  replicas: {{ .Values.replicas }}",
  "  {{- else }}",
  "  replicas: 1",
  "  {{- end }}",
  '  image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default `}}` }}"',
  "  resources: {{- toYaml .Values.resources | nindent 4 }}",
  "{{/* a comment with {{ braces */}}",
  "  {{- range $key, $value := .Values.env | default dict }}",
  "  {{ $key }}: {{ $value | quote }}",
  "  {{- end }}",
  "",
].join("\n");
const HELPERS = '{{- define "scorer.name" -}}\n{{ .Chart.Name }}\n{{- end }}\n';
const DEPLOYMENT = [
  "apiVersion: apps/v1",
  "kind: Deployment",
  "metadata: {name: scorer, labels: {app.kubernetes.io/name: scorer}}",
  "spec:",
  "  selector: {matchLabels: {app: scorer}}",
  "  template:",
  "    metadata: {labels: {app: scorer}}",
  "    spec:",
  "      containers:",
  "        - {name: api, image: 'scorer:1', resources: {limits: {memory: 1Gi}}}",
  "",
].join("\n");
const RULES = [
  "groups:",
  "  - name: scorer",
  "    rules:",
  "      - record: scorer:errors:rate5m",
  '        expr: sum by (route) (rate(scorer_requests_total{code=~"5.."}[5m]))',
  "      - alert: ErrorsHigh",
  "        expr: scorer:errors:rate5m > 0.01",
  "        for: 30s",
  "        labels: {severity: page}",
  "        annotations: {summary: Errors are high, runbook: runbooks/errors-high.md}",
  "",
].join("\n");
const DASHBOARD = JSON.stringify({
  title: "Service",
  panels: [
    {
      id: 1,
      type: "timeseries",
      title: "Requests",
      targets: [{ expr: "rate(scorer_requests_total[5m])" }],
    },
  ],
});

const CASES: Readonly<Record<string, Case>> = {
  "no-empty-file": {
    clean: { "src/a/__init__.py": "", "docs/a.md": "text\n" },
    faults: { "a file of white space": ["docs/a.md", " \n\n", /is empty/] },
  },
  "no-untrusted-markup": {
    clean: { "docs/a.md": "Ünïcode and\ttabs\n" },
    faults: {
      "a direction override": ["docs/a.md", "allowed \u202e denied\n", /U\+202E/],
      "an escape sequence": ["docs/a.md", "\u001b[31mred", /U\+001B/],
    },
  },
  "secrets-scan": {
    clean: {
      "conf/a.yaml":
        'password: ${DB_PASSWORD}\ntoken: "vault:secret/data/scorer#token-value1"\nurl: postgres://user:password@db/x\n',
    },
    faults: {
      "a private key": ["conf/a.yaml", "-----BEGIN RSA PRIVATE KEY-----\n", /private key/],
      "an AWS key": ["conf/a.yaml", `id: ${"AKIA"}ABCDEFGHIJKLMNOP\n`, /AWS/],
      "a Slack token": ["conf/a.yaml", `t: ${"xoxb"}-123456789012-abcdefghij\n`, /Slack/],
      "a value drawn at random": [
        "conf/a.yaml",
        'api_key: "q8Zt4vLw02XnRb7Yc1Kd"\n',
        /looks like a secret/,
      ],
    },
  },
  "personal-data": {
    clean: { "docs/a.md": "The column operator is dropped; 12 values.\n" },
    faults: {
      "a value of a personal column": [
        "docs/a.md",
        "Reported by Jane Q. Pilot.\n",
        /a value of a personal column/,
      ],
    },
    more: {
      personalValues: ["jane q. pilot", "other person"],
      facts: {
        ...bench.facts,
        groups: { ...bench.facts.groups, personal: [{ column: "Pilot", kind: "name" }] },
      },
    },
  },
  "parse-yaml": {
    clean: {
      "conf/a.yaml": "a: 1\n---\nb: [1, 2]\n",
      "deploy/c/Chart.yaml": CHART,
      "deploy/c/templates/a.yaml": "{{ not yaml",
    },
    faults: {
      "a key that stands twice": ["conf/a.yaml", "a: 1\nb: 2\na: 3\n", /unique/i],
      "an open list": ["conf/a.yaml", "a: [1, 2\n", /./],
    },
  },
  "parse-json": {
    clean: { "a.json": '{"a": [1, 2]}\n', "b.jsonl": '{"a": 1}\n{"a": 2}\n' },
    faults: {
      "a comma too many": ["a.json", '{\n"a": 1,\n}', /./],
      "a key that stands twice": ["a.json", '{"a": 1, "a": 2}', /unique/i],
      "a broken line": ["b.jsonl", '{"a": 1}\n{"a": \n', /./],
    },
  },
  "parse-ignore-files": {
    clean: { "deploy/docker/Dockerfile.dockerignore": "# all\n*\n!src/**\n*.py[co]\n" },
    faults: {
      "a class that stays open": [
        "deploy/docker/Dockerfile.dockerignore",
        "*\n*.py[co\n",
        /not closed/,
      ],
    },
  },
  "parse-ini": {
    clean: { ".dvc/config": "[core]\n    autostage = false\n" },
    faults: {
      "a line that is no setting": [".dvc/config", "[core]\nautostage\n", /expected/],
      "a setting outside a section": [".dvc/config", "autostage = false\n", /first section/],
    },
  },
  "parse-toml": {
    clean: { "a.toml": '[tool]\nname = "x"\n' },
    faults: { "a value without quotes": ["a.toml", "[tool]\nname = x\n", /./] },
  },
  "parse-markdown-links": {
    clean: {
      "docs/a.md":
        "See [b](b.md), [make](../Makefile), [web](https://example.org), [here](#here) and `[x](nowhere.md)`.\n",
      "docs/b.md": "b\n",
      Makefile: MAKEFILE,
    },
    faults: {
      "a link to nowhere": ["docs/a.md", "one\n\nSee [c](c.md).\n", /c\.md leads nowhere/],
    },
  },
  "parse-dockerfile": {
    clean: {
      "deploy/docker/Dockerfile":
        'ARG BASE=python:3.11-slim\nFROM ${BASE} AS build\nCOPY src ./src\nRUN pip install \\\n    --no-cache-dir x\nFROM python:3.11-slim\nCOPY --from=build /src /src\nCMD ["python", "-m", "x"]\n',
      "src/a.py": "",
    },
    faults: {
      "an unknown instruction": [
        "deploy/docker/Dockerfile",
        "FROM python:3.11\nRUNN x\n",
        /unknown instruction RUNN/,
      ],
      "a stage that is not there": [
        "deploy/docker/Dockerfile",
        "FROM python:3.11\nCOPY --from=build /a /a\n",
        /no stage build/,
      ],
      "a source that is not there": [
        "deploy/docker/Dockerfile",
        "FROM python:3.11\nCOPY srcs ./\n",
        /srcs is not in the repository/,
      ],
      "an image without a version": [
        "deploy/docker/Dockerfile",
        "FROM python:latest\n",
        /no fixed version/,
      ],
      "no FROM": ["deploy/docker/Dockerfile", "RUN x\n", /must be FROM/],
      "a broken command list": [
        "deploy/docker/Dockerfile",
        "FROM python:3.11\nCMD ['python']\n",
        /JSON list/,
      ],
    },
  },
  dashboards: {
    clean: { "monitoring/dashboards/a.json": DASHBOARD },
    faults: {
      "a panel that asks nothing": [
        "monitoring/dashboards/a.json",
        '{"title":"x","panels":[{"id":1,"type":"stat","title":"y"}]}',
        /asks nothing/,
      ],
      "a query that does not close": [
        "monitoring/dashboards/a.json",
        DASHBOARD.replace("[5m])", "[5m]"),
        /not closed/,
      ],
      "no panels": ["monitoring/dashboards/a.json", '{"title":"x","panels":[]}', /no panels/],
    },
  },
  "kubernetes-manifest": {
    clean: {
      "k8s/a.yaml": DEPLOYMENT,
      "k8s/kustomization.yaml": "resources: [a.yaml]\n",
      "k8s/job.yaml":
        "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: train-}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1', resources: {limits: {cpu: 1}}}]}}}\n",
      "deploy/x/values.yaml": "a: 1\n",
    },
    faults: {
      "no kind": ["k8s/a.yaml", "apiVersion: v1\nmetadata: {name: x}\n", /apiVersion or kind/],
      "a selector that matches no pod": [
        "k8s/a.yaml",
        DEPLOYMENT.replace("metadata: {labels: {app: scorer}}", "metadata: {labels: {app: other}}"),
        /label app is not on the pods/,
      ],
      "no limits": [
        "k8s/a.yaml",
        DEPLOYMENT.replace(", resources: {limits: {memory: 1Gi}}", ""),
        /no resource limits/,
      ],
      "a name that is none": [
        "k8s/a.yaml",
        DEPLOYMENT.replace("{name: scorer,", "{name: Scorer_1,"),
        /not a DNS name/,
      ],
      "an object twice": ["k8s/a.yaml", `${DEPLOYMENT}---\n${DEPLOYMENT}`, /stands twice/],
      "weights that are not 100": [
        "k8s/a.yaml",
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\nspec: {http: [{route: [{weight: 90}, {weight: 5}]}]}\n",
        /sum to 95/,
      ],
    },
  },
  "make-targets-exist": {
    clean: {
      Makefile: MAKEFILE,
      "docs/a.md":
        "Run `make test` and make sure it is green.\n\n```sh\nmake test PY=python3\n```\n",
      ".github/workflows/ci.yml": "jobs:\n  a:\n    steps:\n      - run: make test\n",
    },
    faults: {
      "a target in a document": ["docs/a.md", "Run `make tests`.\n", /make tests is not a target/],
      "a target in a fence": ["docs/a.md", "```sh\nmake deploy ENV=dev\n```\n", /make deploy/],
      "a target in CI": [".github/workflows/ci.yml", "steps:\n  - run: make lint\n", /make lint/],
    },
  },
  "paths-exist": {
    clean: {
      "docs/a.md":
        "See `conf/base.yaml`, src/<pkg>/x.py, tests/*.py and https://example.org/docs/x.md.\n",
      "conf/base.yaml": "a: 1\n",
      ".gitignore": "docs/made.html\n",
    },
    faults: {
      "a file that is not there": [
        "docs/a.md",
        "See `conf/bse.yaml`.\n",
        /conf\/bse\.yaml does not exist/,
      ],
      "a file that configuration names": [
        "conf/base.yaml",
        "suite: tests/unit/test_x.py\n",
        /test_x\.py does not exist/,
      ],
    },
  },
  "metric-names-exist": {
    clean: {
      "monitoring/rules/a.yml": RULES,
      "runbooks/errors-high.md": "x\n",
      "src/a/serve.py": 'Counter("scorer_requests", "Requests")\n',
    },
    faults: {
      "an alert without a runbook": [
        "monitoring/rules/a.yml",
        RULES.replace("runbooks/errors-high.md", "runbooks/none.md"),
        /ErrorsHigh has no runbook/,
      ],
    },
  },
  "parse-parquet": {
    clean: {},
    faults: {
      "no Parquet at all": [
        "data/sample.parquet",
        new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]),
        /PAR1/,
      ],
      "a torn file": ["data/sample.parquet", Buffer.from("PAR1xxxxPAR1"), /cannot be read/],
    },
  },
  "parse-hcl": {
    clean: {
      "infra/a.tf":
        'variable "name" {\n  type = string\n}\n\nlocals {\n  text = "a ${var.name == "x" ? "}" : "{"} b" # {\n  long = <<-EOT\n    { not a block\n  EOT\n}\n',
    },
    faults: {
      "a block that stays open": [
        "infra/a.tf",
        'variable "name" {\n  type = string\n',
        /not closed/,
      ],
      "a string that stays open": ["infra/a.tf", 'locals {\n  a = "b\n}\n', /string is not closed/],
      "a heredoc that stays open": ["infra/a.tf", "locals {\n  a = <<EOT\n  x\n}\n", /heredoc EOT/],
      "a bracket that closes nothing": ["infra/a.tf", "locals {\n  a = [1)\n}\n", /closes nothing/],
    },
  },
  "helm-chart": {
    clean: {
      "deploy/helm/scorer/Chart.yaml": CHART,
      "deploy/helm/scorer/values.yaml": VALUES,
      "deploy/helm/scorer/templates/deployment.yaml": TEMPLATE,
      "deploy/helm/scorer/templates/_helpers.tpl": HELPERS,
    },
    faults: {
      "a value that is not in values.yaml": [
        "deploy/helm/scorer/templates/deployment.yaml",
        TEMPLATE.replace("image.repository", "image.repo"),
        /\.Values\.image\.repo is not/,
      ],
      "an action that stays open": [
        "deploy/helm/scorer/templates/deployment.yaml",
        TEMPLATE.replace("{{ $key }}", "{{ $key }"),
        /not closed/,
      ],
      "an if without end": [
        "deploy/helm/scorer/templates/deployment.yaml",
        "a: {{ if .Values.port }}1\n",
        /if has no end/,
      ],
      "an end too many": [
        "deploy/helm/scorer/templates/deployment.yaml",
        "a: 1\n{{ end }}\n",
        /end closes nothing/,
      ],
      "what does not come to YAML": [
        "deploy/helm/scorer/templates/deployment.yaml",
        "a: 1\n b: {{ .Values.port }}\n",
        /does not come to YAML/,
      ],
      "a chart without a version": [
        "deploy/helm/scorer/Chart.yaml",
        "apiVersion: v2\nname: scorer\n",
        /version is missing/,
      ],
    },
  },
  "prometheus-rules": {
    clean: { "monitoring/rules/a.yml": RULES },
    faults: {
      "no severity": [
        "monitoring/rules/a.yml",
        RULES.replace("        labels: {severity: page}\n", ""),
        /no severity/,
      ],
      "a duration that is none": [
        "monitoring/rules/a.yml",
        RULES.replace("30s", "half a minute"),
        /not a duration/,
      ],
      "an expression that does not close": [
        "monitoring/rules/a.yml",
        RULES.replace("[5m]))", "[5m])"),
        /not closed/,
      ],
      "no groups": ["monitoring/rules/a.yml", "rules: []\n", /list of groups/],
    },
  },
  "shell-script": {
    clean: {
      "scripts/a.sh": "#!/bin/sh\nif true; then echo a; fi\n",
      "scripts/b": "#!/usr/bin/env bash\necho b\n",
    },
    faults: {
      "an if without fi": ["scripts/a.sh", "if true; then echo a\n", /syntax error/],
      "a script without an ending": [
        "scripts/b",
        "#!/usr/bin/env bash\necho 'b\n",
        /unexpected EOF/,
      ],
    },
  },
  "parse-makefile": {
    clean: { Makefile: MAKEFILE },
    faults: {
      "spaces in place of a tab": [
        "Makefile",
        MAKEFILE.replace("\t@echo", "        @echo"),
        /tab|separator/,
      ],
      "no help": ["Makefile", "test:\n\techo\n", /no target help/],
    },
  },
  "parse-python": {
    clean: {
      "src/a.py":
        "def f(x: int) -> str:\n    match x:\n        case 1:\n            return f\"{x!r}\"\n    return ''\n",
    },
    faults: {
      "a bracket that stays open": ["src/a.py", "def f(x:\n    return 1\n", /./],
      "an indent that fits nowhere": ["src/a.py", "if True:\npass\n", /indent/],
    },
  },
};

const run = async (id: string, files: Case["clean"], more: Partial<CheckInput> = {}) => {
  const check = CHECKS.find((one) => one.id === id);
  if (!check) throw new Error(`no check ${id}`);
  return check.run(await bench.input(files, more));
};

describe.each(Object.entries(CASES))("%s", (id, { clean, faults, more }) => {
  test("finds nothing in a clean repository", async () => {
    const result = await run(id, clean, more);
    expect(result.findings).toEqual([]);
    expect(result.status).toBe("passed");
  });

  test.each(Object.entries(faults))("blocks on %s", async (_name, [path, text, words]) => {
    const result = await run(id, { ...clean, [path]: text }, more);
    expect(result.status).toBe("failed");
    const finding = result.findings.find(
      (one) => one.severity === "block" && words.test(one.message),
    );
    expect(finding, JSON.stringify(result.findings)).toMatchObject({ file: path });
    expect(result.levels.map((level) => level.path)).not.toContain(path);
  });
});

test("every check of the catalog has a planted fault", () => {
  const elsewhere = ["contract-files", "train-and-test"]; // contract-files.test.ts, train-and-test.test.ts
  expect(CHECKS.map(({ id }) => id).sort()).toEqual([...Object.keys(CASES), ...elsewhere].sort());
});
