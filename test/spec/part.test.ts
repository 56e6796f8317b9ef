import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parsePart } from "../../src/spec/part.ts";

const TARGET = { target: "drift", help: "Compare two windows", run: ["$(PY) -m pkg.monitor"] };
const part = (changes: object = {}) =>
  parsePart(stringify({ parts: ["drift.statistical"], ...changes }), "x/part.yaml");

describe("part.yaml", () => {
  test("needs nothing but its parts", () => {
    expect(part()).toEqual({
      parts: ["drift.statistical"],
      python: {},
      make: [],
      left_out: [],
      gitignore: [],
    });
  });

  test("a make target belongs to the core group unless it says otherwise", () => {
    expect(part({ make: [TARGET] }).make).toEqual([{ ...TARGET, group: "core", needs: [] }]);
  });

  test("exact pins are taken, with extras where a package is imported", () => {
    const core = { direct: ["pandas==3.1.1", "uvicorn[standard]==0.30"], lock: ["pandas==3.1.1"] };
    expect(part({ python: { core } }).python).toEqual({ core });
  });

  test.each([
    ["no parts", { parts: undefined }],
    ["an unknown key", { targets: [] }],
    ["a package without a version", { python: { core: { direct: ["pandas"], lock: [] } } }],
    ["a range of versions", { python: { core: { direct: ["pandas>=3"], lock: [] } } }],
    ["a lock without pins", { python: { core: { direct: [], lock: ["pandas"] } } }],
    ["a target with nothing to run", { make: [{ ...TARGET, run: [] }] }],
    ["a target whose name make would misread", { make: [{ ...TARGET, target: "Drift all" }] }],
    ["a part left out without a reason", { left_out: [{ part: "drift.concept" }] }],
  ])("with %s it is refused, naming the file", (_, changes) => {
    expect(() => part(changes)).toThrow(/x\/part\.yaml/);
  });
});
