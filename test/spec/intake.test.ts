import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserInputError } from "../../src/lib/errors.ts";
import { type IntakeRequest, intake, slugOf } from "../../src/spec/intake.ts";
import { nearMatches } from "../../src/spec/intake-near.ts";

const whole: IntakeRequest = {
  goal: "predict which wildlife strikes damage the aircraft",
  dataset: "data/birdstrikes.csv",
  target: "Effect Amount of damage",
  options: {},
};
const refusal = (request: IntakeRequest): UserInputError => {
  try {
    intake(request);
  } catch (error) {
    if (error instanceof UserInputError) return error;
    throw error;
  }
  throw new Error("was accepted");
};

test("a complete request becomes a spec with the defaults filled in", () => {
  const spec = intake({ ...whole, options: { cloud_provider: "gcp", tuner: "ray-tune" } });
  expect(spec.pipeline.name).toBe("birdstrikes");
  expect(spec.options).toMatchObject({ cloud_provider: "gcp", feature_store: "feast" });
  expect(spec.choices).toMatchObject({ tuner: "ray-tune", broker: "kafka" });
});

test("everything missing or wrong is listed at once", () => {
  const { code, message } = refusal({ options: { cloud_provder: "gcp", tuner: "optunna" } });
  expect(code).toBe("INTAKE");
  for (const word of ["goal", "dataset", "target", "cloud_provider", "optuna"])
    expect(message).toContain(word);
});

describe("a goal is in scope", () => {
  test.each([
    "predict customer churn",
    "Forecast demand per store",
    "classify e-mails as spam",
    "estimate the price of a house",
    "detect fraudulent payments",
    "score leads by how likely they buy",
    "rank search results for each visitor",
  ])("%s", (goal) => expect(intake({ ...whole, goal }).pipeline.goal).toBe(goal));
});

describe("a goal is out of scope", () => {
  test.each(["write a poem about birds", "deploy my web shop", "what is the weather today"])(
    "%s",
    (goal) => {
      const error = refusal({ ...whole, goal });
      expect(error).toMatchObject({ code: "GOAL_OUT_OF_SCOPE", kind: "input" });
      expect(error.expected).toContain("pipeline");
    },
  );
});

test("a slug made of any text is a valid pipeline name", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      expect(slugOf(text)).toMatch(/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/);
    }),
  );
});

test("near matches forgive case, swaps and missing letters, and nothing else", () => {
  const known = ["Flight Date", "Cost Repair", "Origin State"];
  expect(nearMatches("flight_date", known)[0]).toBe("Flight Date");
  expect(nearMatches("Flihgt Dat", known)[0]).toBe("Flight Date");
  expect(nearMatches("zzzzzz", known)).toEqual([]);
  expect(nearMatches("", known)).toEqual([]);
});
