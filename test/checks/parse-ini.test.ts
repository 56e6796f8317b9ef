import { afterAll, expect, test } from "vitest";
import { parseIni } from "../../src/checks/parse-ini.ts";
import { createBench } from "../support/check-input.ts";

const bench = await createBench();
afterAll(bench.dispose);

const run = async (text: string) => parseIni.run(await bench.input({ ".dvc/config": text }));

test("a settings file with sections and settings is parsed", async () => {
  expect(await run("[core]\n    remote = local\n# a comment\n")).toMatchObject({
    status: "passed",
  });
});

test("a line that is neither section nor setting blocks, and names its line", async () => {
  const result = await run("[core]\nremote local\n");
  expect(result.findings).toMatchObject([{ severity: "block", line: 2 }]);
});

test("a setting before the first section blocks", async () => {
  expect((await run("remote = local\n")).status).toBe("failed");
});
