import { expect, test } from "vitest";
import { packageName } from "../../src/spec/package-name.ts";

test("a pipeline's package hides no module that its code imports", () => {
  expect(packageName("bird-strikes")).toBe("bird_strikes");
  expect(packageName("weather")).toBe("weather");
  for (const name of ["calendar", "statistics", "abc", "pandas", "features"])
    expect(packageName(name)).toBe(`${name}_pipeline`);
});
