import { readFileSync } from "node:fs";
import type { DraftInput } from "../../../src/agents/draft.ts";
import { Facts } from "../../../src/spec/facts.ts";
import type { PipelineSpecInput } from "../../../src/spec/spec.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

const measured = Facts.parse(
  JSON.parse(readFileSync("test/support/birdstrikes-facts.json", "utf8")),
);

type SpecChanges = Partial<Omit<PipelineSpecInput, "pipeline" | "target">>;

/** The wildlife strikes as measured, with some facts and spec keys changed. */
export const servingInput = (
  spec: SpecChanges = {},
  facts: Partial<Facts> = {},
): DraftInput & { readonly facts: Facts } => ({
  spec: PipelineSpec.parse({
    pipeline: { name: "strikes", goal: "Predict which wildlife strikes damage the aircraft" },
    dataset: { uri: "data/strikes.csv" },
    target: { column: "Effect Amount of damage", positive: "!None" },
    ...spec,
  }),
  facts: { ...measured, ...facts },
  names: { pipeline: "strikes", pkg: "strikes", service: "strikes" },
  upstream: new Map(),
  comments: [],
});

/** The measured facts, to change single fields of. */
export const measuredFacts = measured;
