import { describe, expect, test } from "vitest";
import { applyEdits, COMMENT_GRAMMAR, understandComment } from "../../src/spec/comment-grammar.ts";
import { PipelineSpec } from "../../src/spec/spec.ts";

const spec = PipelineSpec.parse({
  pipeline: { name: "shop", goal: "predict which orders come back" },
  dataset: { uri: "orders.csv" },
  target: { column: "Returned", positive: "!no", kind: "binary" },
});
const COLUMNS = ["Returned", "Order Day", "a, b", "price", "Price", "shop"];

const apply = (comment: string) => {
  const edits = understandComment(comment);
  return edits === null ? null : applyEdits(spec, edits, COLUMNS);
};
const specOf = (comment: string): PipelineSpec => {
  const applied = apply(comment);
  if (applied === null || "problem" in applied) throw new Error(JSON.stringify(applied));
  return applied.spec;
};

describe("a sentence of the grammar changes exactly its keys", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["exclude price", { columns: { exclude: ["price"] } }],
    ["please drop the column 'a, b'", { columns: { exclude: ["a, b"] } }],
    ["include shop", { columns: { include: ["shop"] } }],
    ["use the metric average_precision", { metric: { primary: "average_precision" } }],
    ["target price", { target: { column: "price", kind: "auto", positive: "auto" } }],
    ["positive: no", { target: { positive: "no" } }],
    ["split by time", { training: { split: "time" } }],
    [
      "split by time order day",
      { training: { split: "time" }, columns: { event_time: "Order Day" } },
    ],
    ["split by entity shop", { training: { split: "entity" }, columns: { entity: ["shop"] } }],
    ["split at random", { training: { split: "random" } }],
    ["decision threshold 0.3", { metric: { threshold: 0.3 } }],
    ["error costs 1:5", { metric: { error_costs: { false_positive: 1, false_negative: 5 } } }],
    ["false negatives cost 8", { metric: { error_costs: { false_negative: 8 } } }],
    ["a false alarm costs 2", { metric: { error_costs: { false_positive: 2 } } }],
    [
      "model family logistic and random forest",
      { training: { families: ["linear", "random_forest"] } },
    ],
    ["folds 3", { training: { folds: 3 } }],
    ["hold-out 0.3", { training: { holdout: 0.3 } }],
    ["time budget 25 minutes", { training: { minutes: 25 } }],
    ["trials 7", { training: { trials: 7 } }],
    ["seed 99", { pipeline: { seed: 99 } }],
    ["missing values flag", { features: { missing: "flag" } }],
    ["missing token n.b", { dataset: { null_tokens: ["", "n.b"] } }],
    ["outliers keep", { features: { outliers: "keep" } }],
    ["event time none", { columns: { event_time: "none" } }],
    ["entity Shop", { columns: { entity: ["shop"] } }],
    ["cloud_provider azure", { options: { cloud_provider: "azure" } }],
    ["monitoring stack datadog", { options: { monitoring_stack: "datadog" } }],
    ["use tuner ray-tune", { choices: { tuner: "ray-tune" } }],
    ["set slo.p99_ms = 90", { slo: { p99_ms: 90 } }],
    ["set columns.groups = price, shop", { columns: { groups: ["price", "shop"] } }],
    ["set experiment.max_days to 60", { experiment: { max_days: 60 } }],
  ];
  test.each(cases)("%s", (comment, change) => {
    expect(specOf(comment)).toMatchObject(change);
    const plain = (value: unknown): string[] =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, inner]) =>
            plain(inner).map((end) => `${key}.${end}`),
          )
        : [JSON.stringify(value)];
    const before = new Set(plain(spec));
    const changed = plain(specOf(comment)).filter((line) => !before.has(line));
    for (const line of changed) expect(plain(change)).toContain(line);
  });

  test("every kind of sentence is tried above", () => {
    expect(COMMENT_GRAMMAR).toHaveLength(22);
  });
});

test("several sentences in one comment apply in their order, and none does when one is not understood", () => {
  expect(specOf("target price; positive 3\nfolds 2.")).toMatchObject({
    target: { column: "price", positive: "3" },
    training: { folds: 2 },
  });
  expect(apply("folds 3; make it nicer")).toBeNull();
});

test("a name is taken exactly before letter case is ignored", () => {
  expect(specOf("exclude Price").columns.exclude).toEqual(["Price"]);
  expect(specOf("exclude SHOP").columns.exclude).toEqual(["shop"]);
});

test("including takes an exclusion back", () => {
  const once = specOf("exclude price");
  const edits = understandComment("include price");
  expect(applyEdits(once, edits ?? [], COLUMNS)).toMatchObject({
    spec: { columns: { exclude: [], include: ["price"] } },
  });
});

describe("what cannot be done is said, and nothing changes", () => {
  test.each([
    ["exclude prise", "did you mean Price or price?"],
    ["threshold 3", "metric.threshold"],
    ["folds 1", "training.folds"],
    ["metric beauty", "metric.primary"],
    ["set pipeline.name = other", "settled when a run starts"],
    ["set dataset.uri = /etc/passwd", "settled when a run starts"],
    ["set repository.remote = https://elsewhere.example", "settled when a run starts"],
    ["set no.such.key = 1", "no"],
    ["cloud_provider moon", "cloud_provider"],
  ])("%s", (comment, words) => {
    const applied = apply(comment);
    expect(applied).toMatchObject({ problem: expect.stringContaining(words) });
  });

  test.each(["make it nicer", "", "model family magic", "split at random by shop", "why?"])(
    "%j is not understood",
    (comment) => expect(understandComment(comment)).toBeNull(),
  );
});
