import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureFacts } from "../../../src/agents/facts/measure.ts";
import type { Dataset } from "../../../src/data/dataset.ts";
import { openDataset } from "../../../src/data/open.ts";
import { Facts } from "../../../src/spec/facts.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

const PATH = "examples/birdstrikes/birdstrikes.csv";
const TARGET = "Effect Amount of damage";
const SHA = "45777edf69984b37599e73dbfb34dbc976055243547407214261a4fcb9466462";
const spec = PipelineSpec.parse({
  pipeline: { name: "birdstrikes", goal: "predict which wildlife strikes damage the aircraft" },
  dataset: { uri: PATH },
  target: { column: TARGET },
});

// The file has neither quotes nor line breaks inside cells, so it can be counted without the reader under test.
const lines = readFileSync(PATH, "utf8").trimEnd().split(/\r?\n/);
const header = (lines[0] ?? "").split(",");
const records = lines.slice(1).map((line) => line.split(","));
const cells = (column: string) => records.map((record) => record[header.indexOf(column)] ?? "");
const positive = cells(TARGET).map((label) => label !== "None");

const opened: { dataset?: Dataset; facts?: Facts } = {};
const measured = (): Facts => {
  if (!opened.facts) throw new Error("not measured");
  return opened.facts;
};
beforeAll(async () => {
  opened.dataset = await openDataset({ path: PATH });
  opened.facts = await measureFacts({
    dataset: opened.dataset,
    spec,
    snapshot: { sha256: SHA, bytes: 1223329 },
  });
});
afterAll(() => opened.dataset?.close());

/** Share of pairs (positive, negative) in the right order, by counting pairs; ties half. */
const aucByPairs = (scores: readonly number[], labels: readonly boolean[]): number => {
  const up = new Map<number, number>();
  const down = new Map<number, number>();
  for (const [place, score] of scores.entries()) {
    const side = labels[place] ? up : down;
    side.set(score, (side.get(score) ?? 0) + 1);
  }
  let won = 0;
  for (const [high, p] of up)
    for (const [low, n] of down) won += p * n * (high > low ? 1 : high === low ? 0.5 : 0);
  const positives = labels.filter(Boolean).length;
  return won / (positives * (labels.length - positives));
};

describe("the profile equals a second count of the file", () => {
  test.each(header)("%s", (name) => {
    const column = measured().profile.columns.find((item) => item.name === name);
    const values = cells(name);
    const filled = values.filter((value) => value !== "");
    expect(column?.nulls).toBe(values.length - filled.length);
    expect(column?.distinct).toBe(new Set(filled).size);
    for (const { value, count } of column?.top ?? [])
      expect(values.filter((cell) => cell === value)).toHaveLength(count);
    if (column?.type !== "integer") return;
    const numbers = filled.map(Number);
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (numbers.length - 1);
    expect(column.mean).toBeCloseTo(mean, 5);
    expect((column.std ?? 0) / Math.sqrt(variance)).toBeCloseTo(1, 8);
    expect([column.min, column.max]).toEqual([Math.min(...numbers), Math.max(...numbers)]);
  });

  test("rows and repeated rows", () => {
    expect(measured().profile.rows).toBe(records.length);
    expect(measured().profile.duplicateRows).toBe(records.length - new Set(lines.slice(1)).size);
  });
});

test("damage is everything but the label None, and that is an assumption with the key that changes it", () => {
  const { target, assumptions } = measured();
  expect(target).toMatchObject({
    kind: "binary",
    nulls: 0,
    positive: { rule: "not_equals", labels: ["None"] },
  });
  expect(target.baseRate).toBeCloseTo(positive.filter(Boolean).length / records.length, 9);
  expect(assumptions.find(({ subject }) => subject === "positive class")?.change).toContain(
    "target.positive",
  );
});

test("the last fifth in time is held out", () => {
  const { split } = measured();
  const held = cells("Flight Date").filter((date) => date >= (split.cut ?? "9"));
  expect(split.kind).toBe("time");
  expect(split.holdoutShare).toBeCloseTo(held.length / records.length, 9);
  expect(split.holdoutShare).toBeGreaterThan(0.15);
  expect(split.holdoutShare).toBeLessThan(0.25);
});

test("the cost columns leak and are left out with evidence; nothing else is lost", () => {
  const { leakage, excluded, features } = measured();
  const costs = ["Cost Other", "Cost Repair", "Cost Total $"];
  expect(
    leakage.filter(({ verdict }) => verdict === "exclude").map(({ column }) => column),
  ).toEqual(costs);
  for (const { evidence } of leakage) expect(evidence).toMatch(/\d %/);
  expect(excluded.map(({ column }) => column)).toEqual(costs);
  const sources = new Set([
    ...features.map(({ source }) => source),
    ...excluded.map(({ field }) => field),
  ]);
  expect(sources.size).toBe(header.length - 1);
});

test("the best single-column rule is fitted on the training part and judged on the hold-out", () => {
  const { baseline, split } = measured();
  const dates = cells("Flight Date");
  const values = cells(baseline.bestColumn?.column ?? "");
  const held = dates.map((date) => date >= (split.cut ?? "9"));
  const rate = (test: (place: number) => boolean): number | undefined => {
    const places = records.flatMap((_, place) => (!held[place] && test(place) ? [place] : []));
    return places.length === 0
      ? undefined
      : places.filter((place) => positive[place]).length / places.length;
  };
  const base = rate(() => true) ?? 0;
  const rates = new Map(
    [...new Set(values)].map((value) => [value, rate((place) => values[place] === value) ?? base]),
  );
  const judged = records.flatMap((_, place) => (held[place] ? [place] : []));
  const auc = aucByPairs(
    judged.map((place) => rates.get(values[place] ?? "") ?? base),
    judged.map((place) => positive[place] === true),
  );
  expect(baseline.metric).toBe("roc_auc");
  expect(baseline.trivial.value).toBe(0.5);
  expect(baseline.bestColumn?.value).toBeCloseTo(auc, 6);
});

test("the same bytes and spec give the same facts", async () => {
  const dataset = await openDataset({ path: PATH });
  const again = await measureFacts({ dataset, spec, snapshot: { sha256: SHA, bytes: 1223329 } });
  dataset.close();
  expect(again).toEqual(measured());
});

test("the facts that other tests build on are those that are measured", () => {
  const kept = Facts.parse(JSON.parse(readFileSync("test/support/birdstrikes-facts.json", "utf8")));
  const { snapshot: _, ...rest } = measured();
  expect(kept).toMatchObject(rest);
});
