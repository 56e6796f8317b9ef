import { expect, test } from "vitest";
import { play } from "../../bench/alerts-play.ts";
import { SCENARIOS } from "../../bench/alerts-scenarios.ts";

const named = (name: string) => {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
};

/** Fifteen days of eight-hour windows: the pool of the slow path is full for the last eight. */
const WINDOWS = 45;

test("models in which nothing changes raise no Incident in fifteen days", {
  timeout: 120_000,
}, () => {
  for (const name of ["no change, windows of 300 rows", "ties: everything rounded"]) {
    const { cleanChecks, falseIncidents } = play(named(name), 1, WINDOWS);
    expect(cleanChecks).toBe(450);
    expect(falseIncidents).toBe(0);
  }
});

test("a shift of half a standard deviation is told within two windows in every feature", {
  timeout: 120_000,
}, () => {
  const { delays, falseIncidents } = play(named("shift of .5 σ"), 2, 36);
  expect(delays.every((delay) => delay !== null && delay <= 2)).toBe(true);
  expect(falseIncidents).toBe(0);
});
