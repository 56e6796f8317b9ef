import { describe, expect, test } from "vitest";
import {
  CHOICE_NAMES,
  CHOICES,
  DEFAULT_CHOICES,
  DEFAULT_OPTIONS,
  ENDING,
  OPTION_NAMES,
  OPTIONS,
} from "../../src/spec/options.ts";
import { PipelineSpec } from "../../src/spec/spec.ts";

const spec = (changes: object) =>
  PipelineSpec.safeParse({
    pipeline: { name: "strikes", goal: "Predict which strikes do damage" },
    dataset: { uri: "strikes.csv" },
    target: { column: "damage" },
    ...changes,
  });

describe("options and choices", () => {
  test("there are seven options with 28 values", () => {
    expect(OPTION_NAMES).toHaveLength(7);
    expect(OPTION_NAMES.flatMap((name) => [...OPTIONS[name]])).toHaveLength(28);
  });

  test("each option has four different values", () => {
    for (const name of OPTION_NAMES) expect(new Set(OPTIONS[name]).size).toBe(4);
  });

  test("the first value is the default, in the tables and in a spec that names none", () => {
    const parsed = spec({}).data;
    expect(parsed?.options).toEqual(DEFAULT_OPTIONS);
    expect(parsed?.choices).toEqual(DEFAULT_CHOICES);
    for (const name of OPTION_NAMES) expect(DEFAULT_OPTIONS[name]).toBe(OPTIONS[name][0]);
    for (const name of CHOICE_NAMES) expect(DEFAULT_CHOICES[name]).toBe(CHOICES[name][0]);
  });

  test("every value is accepted in a spec", () => {
    for (const name of OPTION_NAMES)
      for (const value of OPTIONS[name]) {
        expect(spec({ options: { [name]: value } }).success).toBe(true);
      }
    for (const name of CHOICE_NAMES)
      for (const value of CHOICES[name]) {
        expect(spec({ choices: { [name]: value } }).success).toBe(true);
      }
  });

  test("an unknown option and an unknown value are refused", () => {
    expect(spec({ options: { feature_stores: "feast" } }).success).toBe(false);
    expect(spec({ options: { feature_store: "hopsworks" } }).success).toBe(false);
    expect(spec({ choices: { tuner: "hyperopt" } }).success).toBe(false);
  });

  test("a warning about an ending service names a value that exists and a way out that does not end", () => {
    const tables: Readonly<Record<string, readonly string[]>> = { ...OPTIONS, ...CHOICES };
    for (const [key, warning] of Object.entries(ENDING)) {
      const [name = "", value = ""] = key.split("=");
      expect(tables[name]).toContain(value);
      expect(warning.instead.length).toBeGreaterThan(0);
      for (const other of warning.instead) {
        expect(tables[name]).toContain(other);
        expect(ENDING[`${name}=${other}`]).toBeUndefined();
      }
    }
  });
});
