import { afterAll, expect, test } from "vitest";
import { parseHcl } from "../../src/checks/parse-hcl.ts";
import { parseMakefile } from "../../src/checks/parse-makefile.ts";
import { prometheusRules } from "../../src/checks/prometheus-rules.ts";
import { createBench, onlyTools } from "../support/check-input.ts";

const bench = await createBench();
afterAll(bench.dispose);

// Each test holds with and without the tool: with it the stronger verdict, without it the weaker level and its name.
const RULES = (expr: string) =>
  `groups:\n  - name: a\n    rules:\n      - record: a:b:rate5m\n        expr: ${expr}\n`;

test("promtool finds what the shape of a rule does not show", async () => {
  const result = await prometheusRules.run(
    await bench.input({ "monitoring/rules/a.yml": RULES("rate(scorer_requests_total)") }),
  );
  if (await bench.tools.find("promtool")) expect(result).toMatchObject({ status: "failed" });
  else expect(result.weaker).toEqual({ "monitoring/rules/a.yml": "tool not installed: promtool" });
});

test("rule files and their tests that promtool ran are executed", async () => {
  const files = {
    "monitoring/rules/a.yml": RULES("rate(scorer_requests_total[5m])"),
    "monitoring/rules_test/a_test.yml":
      "rule_files: [../rules/a.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n      - series: scorer_requests_total\n        values: '0+60x10'\n    promql_expr_test:\n      - expr: a:b:rate5m\n        eval_time: 6m\n        exp_samples: [{labels: 'a:b:rate5m', value: 1}]\n",
  };
  const result = await prometheusRules.run(await bench.input(files));
  expect(result.findings).toEqual([]);
  const executed = result.levels
    .filter(({ level }) => level === "executed")
    .map(({ path }) => path);
  expect(executed).toEqual((await bench.tools.find("promtool")) ? Object.keys(files) : []);
  const wrong = files["monitoring/rules_test/a_test.yml"].replace("value: 1}", "value: 2}");
  const failed = await prometheusRules.run(
    await bench.input({ ...files, "monitoring/rules_test/a_test.yml": wrong }),
  );
  expect(failed.status).toBe((await bench.tools.find("promtool")) ? "failed" : "passed");
});

test("terraform's layout is a warning and its grammar a fault, and neither raises the level above parsed", async () => {
  const laidOut = await parseHcl.run(
    await bench.input({ "infra/a.tf": 'locals {\n   a = "b"\n}\n' }),
  );
  const broken = await parseHcl.run(
    await bench.input({ "infra/a.tf": 'locals {\n  a = = "b"\n}\n' }),
  );
  const has = (await bench.tools.find("terraform")) !== null;
  expect(laidOut.findings.map(({ severity }) => severity)).toEqual(has ? ["warn"] : []);
  expect(broken.status).toBe(has ? "failed" : "passed");
  expect(laidOut.levels.map(({ level }) => level)).toEqual(["parsed"]);
});

test("without make the Makefile is read by its grammar, and the level says so", async () => {
  const tools = onlyTools(bench.tools, []);
  const files = { Makefile: "help: ## List\n\t@echo help\n" };
  const result = await parseMakefile.run(await bench.input(files, { tools }));
  expect(result).toMatchObject({
    status: "passed",
    levels: [{ path: "Makefile", level: "parsed" }],
    weaker: { Makefile: "tool not installed: make" },
  });
  const broken = { Makefile: "help:\n    echo help\n" };
  expect((await parseMakefile.run(await bench.input(broken, { tools }))).status).toBe("failed");
});

test("a real Parquet file passes with its rows counted, and one without rows does not", async () => {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const { readFile } = await import("node:fs/promises");
  const { parseParquet } = await import("../../src/checks/parse-parquet.ts");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const write = async (rows: number) => {
    const path = `${bench.home}/rows-${rows}.parquet`;
    await connection.run(`COPY (SELECT * FROM range(${rows})) TO '${path}' (FORMAT parquet)`);
    return readFile(path);
  };
  const [some, none] = [await write(3), await write(0)];
  connection.closeSync();
  expect((await parseParquet.run(await bench.input({ "data/a.parquet": some }))).status).toBe(
    "passed",
  );
  expect(
    (await parseParquet.run(await bench.input({ "data/a.parquet": none }))).findings,
  ).toMatchObject([{ message: "has no rows" }]);
});
