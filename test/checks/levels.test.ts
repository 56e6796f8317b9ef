import fc from "fast-check";
import { expect, test } from "vitest";
import { countLevels, levelByDeliverable, levelsByFile } from "../../src/checks/levels.ts";
import type { CheckResult } from "../../src/checks/types.ts";
import { LEVELS, levelRank } from "../../src/spec/levels.ts";

const results = fc.array(
  fc.record({
    check: fc.constantFrom("a", "b", "c"),
    status: fc.constant("passed" as const),
    findings: fc.constant([]),
    levels: fc.array(
      fc.record({
        path: fc.constantFrom("x.py", "y.py", "z.md"),
        level: fc.constantFrom(...LEVELS),
        by: fc.constant({ check: "a", tool: "t", version: "1" }),
      }),
      { maxLength: 6 },
    ),
  }),
  { maxLength: 5 },
);

test("a file's level is the strongest it was given and never higher", () => {
  fc.assert(
    fc.property(results, (given) => {
      for (const file of levelsByFile(["x.py", "y.py", "z.md"], given).values()) {
        const ranks = given
          .flatMap(({ levels }) => levels)
          .filter(({ path }) => path === file.path)
          .map(({ level }) => levelRank(level));
        expect(levelRank(file.level)).toBe(Math.max(0, ...ranks));
        expect(file.level === "unverified").toBe(file.by.length === 0);
        if (file.level === "unverified") expect(file.reason).toBeTruthy();
      }
    }),
  );
});

test("counts add up to the files", () => {
  fc.assert(
    fc.property(results, (given) => {
      const files = levelsByFile(["x.py", "y.py", "z.md"], given);
      expect(Object.values(countLevels(files.values())).reduce((a, b) => a + b)).toBe(files.size);
    }),
  );
});

const by = { check: "a", tool: "t", version: "1" };
const passed = (levels: CheckResult["levels"]): CheckResult => ({
  check: "a",
  status: "passed",
  findings: [],
  levels,
});

test("a deliverable has the level of its weakest file, and prose counts only where there is nothing else", () => {
  const files = levelsByFile(
    ["src/a.py", "src/b.py", "docs/a.md"],
    [
      passed([
        { path: "src/a.py", level: "executed", by },
        { path: "src/b.py", level: "compiled", by },
        { path: "docs/a.md", level: "parsed", by },
      ]),
    ],
  );
  const of = (files: string[]) => [{ id: "training", files, checks: [], options: {} }];
  expect(levelByDeliverable(of(["src/*", "docs/*"]), files)).toEqual({ training: "compiled" });
  expect(levelByDeliverable(of(["docs/*"]), files)).toEqual({ training: "parsed" });
  expect(levelByDeliverable(of(["infra/*"]), files)).toEqual({});
});

test("a file with a blocking finding keeps no level, whatever another check said", () => {
  const failed: CheckResult = {
    check: "b",
    status: "failed",
    levels: [],
    findings: [{ rule: "b", severity: "block", file: "src/a.py", line: 1, message: "no" }],
  };
  const files = levelsByFile(
    ["src/a.py"],
    [passed([{ path: "src/a.py", level: "executed", by }]), failed],
  );
  expect(files.get("src/a.py")).toMatchObject({ level: "unverified" });
});
