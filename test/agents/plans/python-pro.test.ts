import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readPrompts } from "../../../src/agents/blueprint.ts";
import type { DraftInput } from "../../../src/agents/draft.ts";
import { PLANS } from "../../../src/agents/plans/catalog.ts";
import { faultsOf } from "../../../src/agents/plans/python-pro/faults.ts";
import { memoryOf } from "../../../src/agents/plans/python-pro/memory.ts";
import { planPythonPro } from "../../../src/agents/plans/python-pro.ts";
import { renderStep } from "../../../src/agents/render.ts";
import { Facts } from "../../../src/spec/facts.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

const root = new URL("../../../", import.meta.url);
const facts = Facts.parse(
  JSON.parse(await readFile(new URL("test/support/birdstrikes-facts.json", root), "utf8")),
);
const spec = PipelineSpec.parse({
  pipeline: { name: "birdstrikes", goal: "Predict which wildlife strikes damage the aircraft" },
  dataset: { uri: "birdstrikes.csv" },
  target: { column: "Effect Amount of damage", positive: "!None" },
});
const input: DraftInput = {
  spec,
  facts,
  names: { pipeline: "birdstrikes", pkg: "birdstrikes", service: "birdstrikes" },
  upstream: new Map(),
  comments: [],
};
const prompts = await readPrompts(new URL("prompts", root).pathname);

describe("plan of python-pro", () => {
  test("the same input gives the same plan, another dataset another one", () => {
    expect(planPythonPro(input)).toEqual(planPythonPro(input));
    const smaller: Facts = { ...facts, profile: { ...facts.profile, rows: 500 } };
    expect(planPythonPro({ ...input, facts: smaller }).decisions).not.toEqual(
      planPythonPro(input).decisions,
    );
  });

  test("memory of a batch does not follow the rows", () => {
    const larger: Facts = { ...facts, profile: { ...facts.profile, rows: 100 * 10_000 } };
    expect(memoryOf(larger).batchMb).toBe(memoryOf(facts).batchMb);
    expect(memoryOf(larger).allMb).toBeGreaterThan(memoryOf(facts).allMb);
  });

  test("every listed fault is shown by a test that is rendered", () => {
    const rendered = renderStep(prompts, prompts.briefs["python-pro"], input, PLANS);
    for (const fault of faultsOf(facts)) expect([...rendered.files.keys()]).toContain(fault.test);
  });
});

describe("hardened modules", () => {
  const plain = renderStep(prompts, prompts.briefs["ml-engineer"], input, PLANS).files;
  const hardened = renderStep(prompts, prompts.briefs["python-pro"], input, PLANS).files;

  test("plain modules import neither common nor logging", () => {
    const modules = [...plain].filter(([path]) => path.startsWith("src/"));
    expect(modules.length).toBeGreaterThan(8);
    for (const [, text] of modules) expect(text).not.toMatch(/from \.(common|logging) import/);
  });

  test("modules whose rendering changes are rendered again and use common", () => {
    const again = [...hardened].filter(([path]) => plain.has(path));
    expect(again.map(([path]) => path)).toContain("src/birdstrikes/train.py");
    for (const [path, text] of again) {
      expect(text, path).not.toBe(plain.get(path));
      expect(text, path).toMatch(/from \.common import/);
    }
  });

  test("no template control is left in a rendered file", () => {
    for (const [path, text] of [...plain, ...hardened]) expect(text, path).not.toMatch(/<%|%>/);
  });
});
