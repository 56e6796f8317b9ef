import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWorse, type PairedMetric, pairedDifference } from "../../src/agents/paired.ts";

const answers = (scores: readonly number[], labels: readonly string[] = []) => ({ scores, labels });
const value = (
  metric: PairedMetric,
  truth: readonly string[],
  scores: readonly number[],
  labels: readonly string[] = [],
) => pairedDifference(metric, truth, answers(scores, labels), answers(scores, labels), 1)?.now;

describe("a metric has the value that scikit-learn 1.9.1 gives", () => {
  const truth = ["0", "0", "1", "1", "1", "0", "1", "0"];
  const scores = [0.1, 0.4, 0.35, 0.8, 0.8, 0.8, 0.2, 0.15];
  test("roc_auc", () => expect(value("roc_auc", truth, scores)).toBeCloseTo(0.6875, 12));
  test("average_precision", () =>
    expect(value("average_precision", truth, scores)).toBeCloseTo(0.65, 9));
  test("macro_f1", () =>
    expect(value("macro_f1", ["a", "b", "c", "a", "b"], [], ["a", "b", "b", "b", "b"])).toBeCloseTo(
      0.4444444444,
      9,
    ));
  test("mae", () => expect(value("mae", ["1", "2", "4"], [1, 3, 2])).toBeCloseTo(1, 12));
  test("rmse", () =>
    expect(value("rmse", ["1", "2", "4"], [1, 3, 2])).toBeCloseTo(1.2909944487, 9));
});

const rows = 400;
const truth = Array.from({ length: rows }, (_, row) => String(row % 4 === 0 ? 1 : 0));
const noise = (row: number) => ((row * 7919) % 101) / 101;
const good = truth.map((one, row) => Number(one) * 0.4 + noise(row) * 0.6);
const bad = truth.map((_, row) => noise(row));

test("a model that lost what it knew is worse, one that only differs by chance is not", () => {
  const worse = pairedDifference("roc_auc", truth, answers(good), answers(bad), 1);
  expect(worse && isWorse(worse, true, 0)).toBe(true);
  const similar = good.map((score, row) => score + (row % 2 === 0 ? 0.001 : -0.001));
  const near = pairedDifference("roc_auc", truth, answers(good), answers(similar), 1);
  expect(near && isWorse(near, true, 0)).toBe(false);
});

test("a margin lets a loss pass that is no greater, and errors count the other way round", () => {
  const worse = pairedDifference("roc_auc", truth, answers(good), answers(bad), 1);
  expect(worse && isWorse(worse, true, 0.9)).toBe(false);
  expect(isWorse({ value: 2, low: 1, high: 3, old: 1, now: 3 }, false, 0.5)).toBe(true);
  expect(isWorse({ value: -2, low: -3, high: -1, old: 3, now: 1 }, false, 0)).toBe(false);
});

test("no model is worse than itself, and the interval holds the difference", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 60 }),
      fc.nat(),
      (scores, seed) => {
        const own = scores.map((_, row) => String(row % 2));
        const found = pairedDifference("roc_auc", own, answers(scores), answers(scores), seed);
        return found !== null && found.low === 0 && found.high === 0 && !isWorse(found, true, 0);
      },
    ),
    { numRuns: 10 },
  );
}, 30_000);

test("the same comparison gives the same interval", () => {
  const once = pairedDifference("average_precision", truth, answers(good), answers(bad), 7);
  expect(pairedDifference("average_precision", truth, answers(good), answers(bad), 7)).toEqual(
    once,
  );
});

test("rows of one class alone bear no ranking", () => {
  expect(pairedDifference("roc_auc", ["1", "1"], answers([0, 1]), answers([1, 0]), 1)).toBeNull();
});
