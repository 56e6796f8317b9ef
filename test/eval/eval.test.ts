import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { createClaudeApp } from "../support/claude-app.ts";
import { lazy } from "../support/fake-anthropic/scripts.ts";
import { CASES } from "./cases.ts";
import { runCases } from "./run-cases.ts";
import { scripted } from "./scripted.ts";

test("ten change requests are accepted of a specialist that does what was asked", async () => {
  const t = await createClaudeApp(scripted(CASES), { consent: false });
  try {
    const results = await runCases(t, CASES);
    expect(results.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(results).toHaveLength(10);
    expect(t.fake.refused).toEqual([]);
  } finally {
    await t.close();
  }
}, 300_000);

test("a change that was not made is not accepted, whatever the specialist says", async () => {
  const t = await createClaudeApp(lazy, { consent: false });
  try {
    const results = await runCases(t, CASES.slice(0, 1));
    expect(results[0]?.problem).not.toBeNull();
  } finally {
    await t.close();
  }
}, 120_000);

test("nothing changed is accepted by no case", () => {
  const same = new Map([["docs/features.md", "# features of x\n\nrows 10\n[]\n"]]);
  const problems = CASES.map(({ accept }) => accept({ before: same, after: same }));
  expect(problems).not.toContain(null);
});

test("without a key the evaluation says so and ends well", () => {
  const { PATH = "", HOME = "" } = process.env;
  const out = execFileSync(
    process.execPath,
    ["node_modules/tsx/dist/cli.mjs", "test/eval/main.ts"],
    {
      env: { PATH, HOME },
      encoding: "utf8",
    },
  );
  expect(out).toBe("not run: no key\n");
}, 60_000);
