import { afterAll, expect, test } from "vitest";
import { defineCheck, resultOf } from "../../src/checks/define.ts";
import { runChecks } from "../../src/checks/run-checks.ts";
import type { Check } from "../../src/checks/types.ts";
import { createBench, onlyTools, withDeliverable } from "../support/check-input.ts";

const bench = await createBench();
afterAll(bench.dispose);
const tools = onlyTools(bench.tools, ["make", "bash"]);
const noPython = { ok: false, why: "Python 3.11 or newer is not installed" } as const;
const briefs = withDeliverable("data-engineer", "storage", [
  "src/**",
  "docs/**",
  "conf/**",
  "odd/**",
]);
const common = { role: "data-engineer", briefs, tools } as const;
const FILES = { "src/a/layers.py": "x = 1\n", "conf/a.yaml": "a: 1\n", "docs/a.md": "text\n" };

test("a clean step is green, and each file has the level of the strongest check that passed on it", async () => {
  const report = await runChecks(await bench.input(FILES, common));
  expect(report.findings).toEqual([]);
  expect(report.green).toBe(true);
  expect([...report.levelsByFile.values()].map(({ level, path }) => [path, level])).toEqual([
    ["conf/a.yaml", "parsed"],
    ["docs/a.md", "parsed"],
    ["src/a/layers.py", "compiled"],
  ]);
  expect(report.levelByDeliverable).toEqual({ storage: "parsed" });
  expect(report.lowest).toBe("parsed");
});

test("a missing tool lowers the level and is named, and nothing passes for it", async () => {
  const report = await runChecks(await bench.input(FILES, { ...common, python: noPython }));
  expect(report.levelsByFile.get("src/a/layers.py")).toEqual({
    path: "src/a/layers.py",
    level: "parsed",
    by: [{ check: "parse-python", tool: "@lezer/python", version: "1.1" }],
    reason: "tool not installed: Python 3.11 or newer is not installed",
  });
});

test("a missing tool does not hide a fault from the weaker check", async () => {
  const files = { ...FILES, "src/a/layers.py": "def f(:\n" };
  const report = await runChecks(await bench.input(files, { ...common, python: noPython }));
  expect(report.green).toBe(false);
  expect(report.findings).toMatchObject([
    { rule: "parse-python", file: "src/a/layers.py", line: 1 },
  ]);
  expect(report.levelsByFile.get("src/a/layers.py")).toMatchObject({
    level: "unverified",
    reason: "a check failed on it",
  });
});

test("a file that no check reads is unverified with the reason", async () => {
  const report = await runChecks(
    await bench.input({ ...FILES, "odd/a.nrql": "SELECT 1\n" }, common),
  );
  expect(report.levelsByFile.get("odd/a.nrql")).toMatchObject({
    level: "unverified",
    reason: "no tool exists: no offline parser for nrql files",
  });
  expect(report.lowest).toBe("unverified");
  expect(report.levelCounts).toMatchObject({ unverified: 1, compiled: 1 });
});

test("a check of a later role reports later, and is neither passed nor skipped", async () => {
  const named = withDeliverable("ml-engineer", "training", ["src/**"], ["train-and-test"]);
  const report = await runChecks(
    await bench.input({ "src/a.py": "x = 1\n" }, { ...common, role: "ml-engineer", briefs: named }),
  );
  expect(report.results.find(({ check }) => check === "train-and-test")).toMatchObject({
    status: "later",
    later: "python-pro",
  });
  expect(report.counts.later).toBe(1);
});

test("a contract that names an unknown check is not green", async () => {
  const named = withDeliverable("data-engineer", "storage", ["src/**"], ["no-such-check"]);
  const report = await runChecks(
    await bench.input({ "src/a.py": "x = 1\n" }, { ...common, briefs: named }),
  );
  expect(report.findings).toMatchObject([{ rule: "unknown-check", severity: "block" }]);
});

test("code is not executed while another check blocks", async () => {
  let ran = false;
  const blocksAll: Check = defineCheck({
    id: "a",
    deliverables: "any",
    run: async () =>
      resultOf("a", {
        findings: [{ rule: "a", severity: "block", file: null, line: null, message: "no" }],
      }),
  });
  const executing: Check = {
    id: "b",
    deliverables: "any",
    executes: true,
    run: async () => {
      ran = true;
      return resultOf("b", { findings: [] });
    },
  };
  const report = await runChecks(await bench.input(FILES, common), [blocksAll, executing]);
  expect(ran).toBe(false);
  expect(report.results[1]).toMatchObject({ status: "skipped" });
});

test("warnings leave a step green and come after what blocks", async () => {
  const warned: Check = {
    id: "a",
    deliverables: "any",
    run: async () =>
      resultOf("a", {
        findings: [
          { rule: "a", severity: "warn", file: "conf/a.yaml", line: 1, message: "w" },
          { rule: "a", severity: "info", file: null, line: null, message: "i" },
        ],
      }),
  };
  const report = await runChecks(await bench.input(FILES, common), [warned]);
  expect(report).toMatchObject({ green: true, counts: { block: 0, warn: 1, info: 1 } });
});

test("a check that breaks is our defect, not a finding", async () => {
  const broken: Check = {
    id: "a",
    deliverables: "any",
    run: async () => Promise.reject(new Error("x")),
  };
  await expect(runChecks(await bench.input(FILES, common), [broken])).rejects.toMatchObject({
    code: "CHECK_CRASHED",
  });
});
