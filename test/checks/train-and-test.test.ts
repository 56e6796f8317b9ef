import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createSandbox } from "../../src/checks/sandbox/create-sandbox.ts";
import { trainAndTest } from "../../src/checks/train-and-test.ts";
import type { CheckInput } from "../../src/checks/types.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createBench, onlyTools } from "../support/check-input.ts";

const bench = await createBench();
afterAll(bench.dispose);

const METRICS = {
  metric: "roc_auc",
  greater_is_better: true,
  value: 0.8,
  low: 0.75,
  high: 0.85,
  level: 0.95,
  baseline: { rule: "most frequent", value: 0.5 },
  n_holdout: 200,
  rows: 1000,
  model: "logistic",
  seconds: 0.1,
  beats_baseline: true,
};
const TRAIN = [
  "import json, os, pathlib",
  "from pkg import helper",
  "settings = json.loads(pathlib.Path('conf/base.json').read_text())",
  "rows = pathlib.Path(os.environ['DATA_URI']).read_text().count('\\n') if 'DATA_URI' in os.environ else helper.SAMPLE",
  "pathlib.Path('artifacts').mkdir()",
  "pathlib.Path('artifacts/metrics.json').write_text(json.dumps({**settings, 'rows': rows}))",
  "print('train: done')",
  "",
].join("\n");
const repo = (more: Readonly<Record<string, string>> = {}) => ({
  Makefile:
    "export PYTHONPATH := src\n\ntest: ## Test\n\t$(PY) -m unittest discover -s tests\n\t@echo '2 passed in 0.01s'\n\ntrain: ## Train\n\t$(PY) -m pkg.train\n",
  "locks/core.txt": "",
  "src/pkg/__init__.py": "",
  "src/pkg/helper.py": "SAMPLE = 1000\n",
  "src/pkg/train.py": TRAIN,
  "src/pkg/unused.py": "x = 1\n",
  "conf/base.json": JSON.stringify(METRICS),
  "conf/prod.json": "{}",
  "tests/test_a.py":
    "import unittest\nfrom pkg import helper\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(helper.SAMPLE, 1000)\n",
  ...more,
});
// The interpreter itself stands for an environment without packages: building one is the subject of venv.test.ts.
const venv: CheckInput["venv"] = async () =>
  bench.python.ok
    ? { ok: true, dir: bench.python.prefix, python: bench.python.path }
    : bench.python;
const run = async (files: Record<string, string>, more: Partial<CheckInput> = {}) =>
  trainAndTest.run(await bench.input(files, { role: "python-pro", venv, ...more }));

test("a model is tested and trained, and its metric comes back beside the baseline", async () => {
  const result = await run(repo());
  expect(result.findings).toEqual([]);
  expect(result.evidence).toMatchObject({
    metrics: METRICS,
    tests: { passed: 2 },
    data: "sample",
  });
});

test("only files that the run really used are executed", async () => {
  const { levels } = await run(repo());
  const executed = levels.filter(({ level }) => level === "executed").map(({ path }) => path);
  expect(executed.sort()).toEqual([
    "Makefile",
    "conf/base.json",
    "locks/core.txt",
    "src/pkg/__init__.py",
    "src/pkg/helper.py",
    "src/pkg/train.py",
    "tests/test_a.py",
  ]);
});

test("training reads the snapshot where there is one", async () => {
  const path = join(bench.home, "snapshot.csv");
  await writeFile(path, "a\n".repeat(321));
  const result = await run(repo(), { snapshot: { path } });
  expect(result.evidence).toMatchObject({ data: "snapshot", metrics: { rows: 321 } });
});

test("the repository on disk is not changed by training", async () => {
  const { readdir } = await import("node:fs/promises");
  const input = await bench.input(repo(), { role: "python-pro", venv });
  await trainAndTest.run(input);
  expect((await readdir(await input.onDisk())).sort()).toEqual([
    "Makefile",
    "conf",
    "locks",
    "src",
    "tests",
  ]);
});

test("a test that fails blocks, and nothing is trained", async () => {
  const broken = repo({ "src/pkg/helper.py": "SAMPLE = 999\n" });
  const result = await run(broken);
  expect(result).toMatchObject({
    status: "failed",
    levels: [],
    evidence: { notTrained: "the tests failed" },
  });
});

test("failed tests are named with their file as pytest prints them", async () => {
  const Makefile =
    "test:\n\t@echo 'FAILED tests/unit/test_b.py::test_b - assert 1 == 2'\n\t@exit 1\n\ntrain:\n\t@true\n";
  expect((await run(repo({ Makefile }))).findings).toMatchObject([
    { severity: "block", file: "tests/unit/test_b.py", message: "test_b assert 1 == 2" },
  ]);
});

test.each([
  ["no metrics file", "import sys\n", /wrote no artifacts/],
  [
    "a value outside its interval",
    TRAIN.replace("'rows': rows", "'rows': rows, 'value': 0.9"),
    /outside its interval/,
  ],
  [
    "a victory that the interval does not bear out",
    TRAIN.replace("'rows': rows", "'rows': rows, 'low': 0.4"),
    /does not follow/,
  ],
  ["a crash", "raise SystemExit('no data')\n", /make train failed.*no data/],
])("training that ends with %s blocks", async (_name, train, words) => {
  const result = await run(repo({ "src/pkg/train.py": train }));
  expect(result.status).toBe("failed");
  expect(result.findings[0]?.message).toMatch(words);
  expect(result.evidence).toHaveProperty("notTrained");
});

test("training has no network", async () => {
  const train = `import socket\nsocket.create_connection(("192.0.2.1", 80), timeout=3)\n`;
  const { findings } = await run(repo({ "src/pkg/train.py": train }));
  expect(findings[0]?.message).toMatch(/unreachable/i);
});

test.each<[string, Partial<CheckInput>, RegExp]>([
  [
    "no Python",
    { python: { ok: false, why: "Python 3.11 or newer is not installed" } },
    /Python 3\.11/,
  ],
  ["no make", { tools: onlyTools(bench.tools, []) }, /tool not installed: make/],
  [
    "no environment",
    { venv: async () => ({ ok: false, why: "sandbox.install is false" }) },
    /sandbox\.install/,
  ],
  [
    "no isolation",
    {
      sandbox: createSandbox({
        probe: { kind: "none", version: null, why: "tried in a test", programs: {} },
        folder: bench.home,
        clock: systemClock,
      }),
    },
    /no isolation/,
  ],
])("with %s nothing is trained, and the evidence says why", async (_name, more, words) => {
  const result = await run(repo(), more);
  expect(result).toMatchObject({ status: "skipped", findings: [], levels: [] });
  expect(result.evidence?.notTrained).toMatch(words);
  expect(result.reason).toMatch(words);
});
