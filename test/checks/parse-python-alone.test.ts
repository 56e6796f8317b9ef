import { expect, test } from "vitest";
import { parseWithoutPython } from "../../src/checks/parse-python.ts";

test("a generator that yields nothing is valid without an interpreter", () => {
  expect(
    parseWithoutPython(
      "a.py",
      "def f():\n    try:\n        yield  # here\n    finally:\n        x = yield\n",
    ),
  ).toEqual([]);
});

test("a broken line is found without an interpreter, at its own line though a bare yield stands before it", () => {
  const findings = parseWithoutPython("a.py", "def f():\n    yield\n\ndef g(:\n    return 1\n");
  expect(findings).toMatchObject([{ severity: "block", line: 4 }]);
});
