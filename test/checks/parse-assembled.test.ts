import { describe, expect, test } from "vitest";
import { parseAssembled } from "../../src/checks/parse-assembled.ts";

const FILES = new Set(["docs/data-card.md", "README.md"]);
const levelOf = (path: string, text: string) =>
  parseAssembled(new Map([[path, text]]), FILES).get(path);

describe.each([
  ["spec.yaml", "a: 1\n", "a: 1\na: 2\n"],
  ["scorecard/criteria.yaml", "version: 1\n", "version: [1\n"],
  ["pyproject.toml", '[project]\nname = "a"\n', "[project\n"],
  [".gitignore", "artifacts/\n", "[abc\n"],
  ["locks/core.txt", "numpy==2.4.6\npandas==3.1.1\n", "numpy>=2\n"],
  ["locks/core.txt", "a==1\n", "scikit_learn==1.9.1\nscikit-learn==1.9.0\n"],
  ["Makefile", "help: ## List\n\t@true\n", "help:\n\t@true\nthis is no rule\n"],
  ["README.md", "See [the card](docs/data-card.md).\n", "See [it](docs/none.md).\n"],
])("of the assembled file %s", (path, good, bad) => {
  test("what its parser reads is parsed, with the check that says so", () => {
    expect(levelOf(path, good)).toMatchObject({
      level: "parsed",
      by: [{ check: expect.stringMatching(/^parse-/) }],
    });
  });
  test("what it cannot read stays unverified, with the reason", () => {
    const level = levelOf(path, bad);
    expect(level).toMatchObject({ level: "unverified", by: [] });
    expect(level?.reason).toMatch(/^a check failed on it: .+/);
  });
});

test("files of specialists are left to their checks", () => {
  expect(levelOf("docs/data-card.md", "# Card\n")).toBeUndefined();
});
