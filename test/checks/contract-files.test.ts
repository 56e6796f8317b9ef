import { afterAll, expect, test } from "vitest";
import { contractFiles } from "../../src/checks/contract-files.ts";
import { createBench, withDeliverable } from "../support/check-input.ts";

const bench = await createBench();
afterAll(bench.dispose);
const briefs = withDeliverable("data-engineer", "storage", ["src/*/layers.py", "docs/storage.md"]);
const role = "data-engineer";
const run = async (files: Record<string, string>, more = {}) =>
  contractFiles.run(await bench.input(files, { role, briefs, ...more }));

test("a step with a file for each deliverable and none besides passes", async () => {
  expect((await run({ "src/a/layers.py": "x = 1\n" })).status).toBe("passed");
});

test("a deliverable without a file blocks and names what was expected", async () => {
  const { findings } = await run({});
  expect(findings).toMatchObject([
    { rule: "deliverable-missing", severity: "block", message: expect.stringContaining("storage") },
  ]);
});

test("a deliverable whose parts are all left out needs no file", async () => {
  const parts = ["layers", "partitioning", "retention", "cost"].map((part) => ({
    part: `storage.${part}`,
    why: "tried in a test",
  }));
  expect((await run({}, { leftOut: parts })).status).toBe("passed");
  expect((await run({}, { leftOut: parts.slice(1) })).status).toBe("failed");
});

test("a file that no deliverable names blocks", async () => {
  const { findings } = await run({ "src/a/layers.py": "x = 1\n", "src/a/other.py": "y = 1\n" });
  expect(findings).toMatchObject([{ rule: "outside-contract", file: "src/a/other.py" }]);
});
