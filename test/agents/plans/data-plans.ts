import { readFileSync } from "node:fs";
import type { DraftInput } from "../../../src/agents/draft.ts";
import { Facts } from "../../../src/spec/facts.ts";
import type { PipelineSpecInput } from "../../../src/spec/spec.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

export const birdstrikes = Facts.parse(
  JSON.parse(readFileSync("test/support/birdstrikes-facts.json", "utf8")),
);

/** A draft's input from the wildlife-strike facts, with changes to facts and spec on top. */
export const draftInput = (
  facts: Partial<Facts> = {},
  spec: Partial<PipelineSpecInput> = {},
): DraftInput => ({
  facts: { ...birdstrikes, ...facts },
  spec: PipelineSpec.parse({
    pipeline: { name: "strikes", goal: "predict which strikes damage the aircraft" },
    dataset: { uri: "strikes.csv" },
    target: { column: "Effect Amount of damage", positive: "!None" },
    ...spec,
  }),
  names: { pipeline: "strikes", pkg: "strikes", service: "strikes" },
  upstream: new Map(),
  comments: [],
});

/** The facts of the same dataset without its time column. */
export const timeless: Partial<Facts> = {
  time: { ...birdstrikes.time, column: null, field: null, min: null, max: null, spanDays: null },
  arrival: {
    period: "none",
    perPeriod: [],
    meanRows: null,
    meanBytes: null,
    growthPerYear: null,
  },
  split: { ...birdstrikes.split, kind: "random", cut: null },
};
