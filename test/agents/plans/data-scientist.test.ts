import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { candidatesOf } from "../../../src/agents/plans/data-scientist/candidates.ts";
import { modelConf } from "../../../src/agents/plans/data-scientist/conf.ts";
import { aucError, dataNeeds } from "../../../src/agents/plans/data-scientist/figures.ts";
import { groupSupport } from "../../../src/agents/plans/data-scientist/groups.ts";
import { planDataScientist } from "../../../src/agents/plans/data-scientist.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { birdstrikes, draftInput, timeless } from "./data-plans.ts";

const families = (facts: Facts) => candidatesOf(facts).candidates.map((entry) => entry.family);
const sized = (rows: number): Facts => ({
  ...birdstrikes,
  profile: { ...birdstrikes.profile, rows },
});
const regression: Partial<Facts> = {
  target: {
    ...birdstrikes.target,
    kind: "regression",
    positive: null,
    classes: [],
    baseRate: null,
    mean: 16,
    std: 7,
  },
  baseline: {
    metric: "mae",
    greaterIsBetter: false,
    trivial: { rule: "median", value: 6 },
    bestColumn: null,
  },
};

describe("candidates", () => {
  test("two unlike datasets give unlike lists", () => {
    expect(families(birdstrikes)).toEqual([
      "dummy",
      "linear",
      "additive",
      "hist_gradient_boosting",
      "hist_gradient_boosting",
      "random_forest",
    ]);
    expect(families(sized(200))).toEqual(["dummy", "linear", "random_forest"]);
    expect(families(sized(5_000_000))).not.toContain("random_forest");
  });

  test("without a usable feature only the trivial rule is left", () => {
    expect(families({ ...birdstrikes, features: [] })).toEqual(["dummy"]);
  });

  test("every candidate and every one ruled out names a figure", () => {
    const { candidates, ruledOut } = candidatesOf(birdstrikes);
    for (const { reason } of [...candidates, ...ruledOut]) expect(reason).toMatch(/\d/);
  });

  test("a linear model of many rare categories is shrunk more than one of few", () => {
    const strength = (facts: Facts) =>
      candidatesOf(facts).candidates.find(({ family }) => family === "linear")?.params.C;
    const few = {
      ...birdstrikes,
      features: birdstrikes.features.filter((f) => f.kind !== "categorical"),
    };
    expect(strength(birdstrikes)).toBe(0.1);
    expect(strength(few)).toBe(1);
  });

  test("curves are tried where numbers have rows enough, and ruled out where not", () => {
    const flat = {
      ...birdstrikes,
      features: birdstrikes.features.filter((f) => f.kind === "categorical"),
    };
    expect(families(flat)).not.toContain("additive");
    expect(candidatesOf(flat).ruledOut.map(({ family }) => family)).toContain("additive");
  });

  test("rare positives rule the forest out", () => {
    const rare = { ...birdstrikes, target: { ...birdstrikes.target, baseRate: 0.01 } };
    expect(families(rare)).not.toContain("random_forest");
  });
});

describe("data needs", () => {
  test("the standard error equals the published one for 60 cases of each kind at 0.8", () => {
    // q1 = 2/3, q2 = 0.7111…: (0.16 + 59 × 0.02667 + 59 × 0.07111) / 3600, square root.
    expect(aucError(0.8, 60, 60)).toBeCloseTo(0.04056, 4);
  });

  test("more rows never widen the interval", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 1e6 }),
        fc.integer({ min: 1, max: 1e6 }),
        (rows, more) => {
          const [now, later] = [dataNeeds(sized(rows), 0.02), dataNeeds(sized(rows + more), 0.02)];
          return later.half_width <= now.half_width;
        },
      ),
    );
  });

  test("a dataset that is too small becomes an open question with its figures", () => {
    const plan = planDataScientist(draftInput());
    const needs = dataNeeds(birdstrikes, 0);
    expect(needs.enough).toBe(false);
    expect(
      plan.openQuestions.some((entry) => entry.question.includes(String(needs.rows_needed))),
    ).toBe(true);
    expect(dataNeeds(sized(1_000_000), 0).enough).toBe(true);
  });
});

describe("the model's configuration", () => {
  const conf = modelConf(birdstrikes, draftInput().spec, "strikes");

  test("features read neither the target nor an excluded column", () => {
    const closed = [conf.target.field, ...conf.excluded.map((entry) => entry.field)];
    for (const feature of conf.features) expect(closed).not.toContain(feature.source);
  });

  test("the decision threshold follows from the costs of errors", () => {
    const { spec } = draftInput(
      {},
      { metric: { error_costs: { false_positive: 1, false_negative: 9 } } },
    );
    expect(modelConf(birdstrikes, spec, "strikes").acceptance.threshold?.value).toBe(0.1);
  });

  test("a regression has no threshold, no calibration and means in its experiment", () => {
    const input = draftInput(regression);
    const mean = modelConf(input.facts, input.spec, "strikes");
    expect(mean.acceptance).toMatchObject({ threshold: null, calibration: null, metric: "mae" });
    expect(mean.experiment).toMatchObject({ kind: "mean", baseline_std: 7, baseline_rate: null });
    expect(mean.metric.secondary).not.toContain("mae");
  });

  test("without time the split is random and values in the store never grow too old", () => {
    const input = draftInput(timeless);
    const random = modelConf(input.facts, input.spec, "strikes");
    expect(random.split).toMatchObject({ kind: "random", field: null, cut: null });
    expect(random.store).toMatchObject({ ttl_days: 0, join_key: "row_key" });
  });

  test("an experiment beyond the allowed days is asked about", () => {
    const load = { ...birdstrikes.load, rpsMean: 100, from: "spec" as const };
    expect(conf.experiment.within_time).toBe(false);
    expect(
      planDataScientist(draftInput()).openQuestions.some((entry) =>
        entry.question.startsWith("The experiment takes"),
      ),
    ).toBe(true);
    const busy = modelConf({ ...birdstrikes, load }, draftInput().spec, "strikes");
    expect(busy.experiment).toMatchObject({ within_time: true, days: 1 });
  });

  test("each statistic belongs to a feature that exists and has low below high", () => {
    const names = new Set(conf.features.map((feature) => feature.name));
    for (const bound of conf.statistics.features) {
      expect(names.has(bound.name)).toBe(true);
      expect(bound.low).toBeLessThanOrEqual(bound.high);
    }
  });
});

describe("groups", () => {
  test("values with too few hold-out rows are named as not assessable", () => {
    const phase = groupSupport(birdstrikes, 100).find((group) => group.field === "phase_of_flight");
    expect(phase?.tooSmall.map((entry) => entry.value)).toContain("Taxi");
    expect(phase?.assessable.every((entry) => entry.rows >= 100)).toBe(true);
  });

  test("a personal column never appears among the groups", () => {
    const columns = birdstrikes.profile.columns.map((column) =>
      column.field === "phase_of_flight" ? { ...column, personal: "name" as const } : column,
    );
    const facts = { ...birdstrikes, profile: { ...birdstrikes.profile, columns } };
    expect(groupSupport(facts, 100).map((group) => group.field)).not.toContain("phase_of_flight");
  });
});

test("excluding one more feature by comment changes the configuration and nothing random", () => {
  const [first, second] = [planDataScientist(draftInput()), planDataScientist(draftInput())];
  expect(first).toEqual(second);
  const fewer = { features: birdstrikes.features.slice(1) };
  expect(planDataScientist(draftInput(fewer)).view).not.toEqual(first.view);
});
