import { expect, test } from "vitest";
import { CASES } from "./cases.ts";
import { beatsTrivial, type Metrics, type Row, tableOf } from "./table.ts";

const metrics = (beats: boolean, trivial: boolean): Metrics => ({
  metric: "roc_auc",
  value: 0.8,
  low: 0.75,
  high: 0.85,
  model: "linear",
  beats_baseline: beats,
  baseline: { rule: "best single column a", value: 0.79 },
  baselines: [
    { rule: "a constant", beaten: trivial, difference: { low: 0.1, high: 0.3 } },
    { rule: "best single column a", beaten: beats, difference: { low: -0.1, high: 0.1 } },
  ],
});
const row = (more: Partial<Row> = {}): Row => ({
  dataset: "tiny",
  kind: "binary",
  metrics: metrics(false, true),
  control: false,
  seconds: 61.4,
  faults: [],
  ...more,
});

test("a row says metric, interval, model, baseline and what was proved", () => {
  const [head = "", line = ""] = tableOf([row()]).split("\n");
  expect(head).toContain("shuffled");
  expect(line).toContain("roc_auc 0.800 [0.750, 0.850]");
  expect(line).toContain("0.790 best single column a");
  expect(line).toContain("beats the trivial rule");
  expect(line).toMatch(/none +61 +ok$/);
});

test("a model that beats neither baseline proves nothing, and one that beats the stronger says so", () => {
  expect(tableOf([row({ metrics: metrics(false, false) })])).toContain("not proved");
  expect(tableOf([row({ metrics: metrics(true, true) })])).toContain("beats it");
  expect(beatsTrivial(metrics(false, false))).toBe(false);
});

test("signal in shuffled labels and a run that stopped stand out", () => {
  const lines = tableOf([
    row({ control: true, faults: ["signal was claimed for shuffled labels"] }),
    row({ metrics: null, control: null, faults: ["the run stopped"] }),
  ]).split("\n");
  expect(lines[1]).toMatch(/SIGNAL .*FAILED$/);
  expect(lines[2]).toMatch(/- +- .*FAILED$/);
});

test("every kind of target and shape of data has a dataset, under a name of its own", () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  const kinds = CASES.map(({ kind }) => kind).join("; ");
  for (const word of ["binary", "classes", "regression", "time", "entities", "200 rows", "columns"])
    expect(kinds).toContain(word);
});
