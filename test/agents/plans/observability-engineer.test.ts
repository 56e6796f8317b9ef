import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { pagingTime, timingOf } from "../../../src/agents/plans/observability-engineer/timing.ts";
import {
  visibleAssociation,
  visibleDistance,
} from "../../../src/agents/plans/observability-engineer/visible-effect.ts";
import { watchOf } from "../../../src/agents/plans/observability-engineer/watched.ts";
import { planObservabilityEngineer } from "../../../src/agents/plans/observability-engineer.ts";
import { SHARED, sharedFixture } from "../../support/share-fixture.ts";
import { monitoringFacts, monitoringSpec } from "./observability-facts.ts";

const CASES =
  "prompts/observability-engineer/blueprint/common/tests/infra/fixtures/drift-cases.json";
const Visible = z.object({
  visible: z.array(
    z.object({
      n: z.number(),
      m: z.number(),
      df: z.number(),
      alpha: z.number(),
      v: z.number(),
      d: z.number(),
    }),
  ),
});

const names = { pipeline: "strikes", pkg: "strikes", service: "strikes" };
const planOf = (changes: object = {}, facts = monitoringFacts()) =>
  planObservabilityEngineer({
    spec: monitoringSpec(changes),
    facts,
    names,
    upstream: new Map(),
    comments: [],
  });

test("one fixture file judges mlpipeline's monitors and the monitor.py of every repository", async () => {
  expect(await readFile(SHARED, "utf8")).toBe(await sharedFixture());
});

describe("what a monitor can see", () => {
  test("the smallest visible effects equal those that scipy gives", async () => {
    const { visible } = Visible.parse(JSON.parse(await readFile(CASES, "utf8")));
    expect(visible.length).toBeGreaterThan(0);
    for (const { n, m, df, alpha, v, d } of visible) {
      expect(visibleAssociation(n, m, df, alpha)).toBeCloseTo(v, 7);
      expect(visibleDistance(n, m, alpha)).toBeCloseTo(d, 12);
    }
  });

  test("more rows never make a monitor blinder", () => {
    const rows = fc.integer({ min: 100, max: 20_000 });
    fc.assert(
      fc.property(rows, rows, fc.integer({ min: 1, max: 60 }), (n, m, df) => {
        expect(visibleDistance(n, 2 * m, 0.001)).toBeLessThanOrEqual(visibleDistance(n, m, 0.001));
        expect(visibleAssociation(2 * n, m, df, 0.001)).toBeLessThanOrEqual(
          visibleAssociation(n, m, df, 0.001),
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe("what is watched", () => {
  const watch = watchOf(monitoringFacts());

  test("a number is compared as a number, few whole numbers and texts as categories", () => {
    expect(watch.features.map(({ field, kind }) => [field, kind])).toEqual([
      ["speed", "numeric"],
      ["engines", "categorical"],
      ["size", "categorical"],
    ]);
  });

  test("personal, dated and near-unique columns are left aside, each with its reason", () => {
    expect(watch.notWatched.map(({ field }) => field)).toEqual(["note", "pilot", "day"]);
    expect(watch.notWatched.every(({ why }) => why.length > 10)).toBe(true);
  });

  test("a numeric feature counts twice, since its missing share is tested too", () => {
    expect(watch.tests).toBe(4);
  });

  test("a window of the least size sees less than the hold-out part", () => {
    for (const item of watch.features)
      expect(item.visibleWindow).toBeGreaterThan(item.visibleHoldout);
  });
});

describe("how soon it is told", () => {
  test("scrape, evaluation, hold and grouping of a page stay within a minute and within the objective", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 3600 }), (seconds) => {
        const time = pagingTime(seconds);
        expect(time.scrape + time.evaluation + time.hold + time.groupWait).toBe(time.total);
        expect(time.total).toBeLessThanOrEqual(Math.min(60, seconds));
        expect(Math.min(time.scrape, time.evaluation, time.groupWait)).toBeGreaterThan(0);
      }),
    );
  });

  test("a load that fills a window too slowly is flagged as a risk with the delay it can keep", () => {
    const slow = { ...monitoringFacts(), load: { ...monitoringFacts().load, rpsMean: 0.001 } };
    expect(timingOf(slow, monitoringSpec()).keepsDriftPromise).toBe(false);
    expect(planOf({}, slow).risks.join(" ")).toMatch(/not within 24 h/);
    expect(planOf().risks.join(" ")).not.toMatch(/not within/);
  });

  test("a sampled prediction log makes the window longer", () => {
    const sampled = monitoringSpec({ prediction_log: { sample: 0.001 } });
    expect(timingOf(monitoringFacts(), sampled).windowHours).toBeGreaterThan(
      timingOf(monitoringFacts(), monitoringSpec()).windowHours,
    );
  });
});

describe("the plan", () => {
  test("gives the same answer for the same facts", () => {
    expect(planOf()).toEqual(planOf());
  });

  test("watches no online service in batch mode and says so", () => {
    const batch = planOf({ options: { deployment_mode: "batch" } });
    expect(batch.leftOut.map(({ part }) => part)).toEqual(["model-monitoring.latency"]);
    expect(JSON.stringify(batch.view.alerts)).not.toContain("LatencyHigh");
    expect(JSON.stringify(batch.view.alerts)).toContain("MonitorStale");
    expect(JSON.stringify(batch.view.dashboards)).not.toContain("http_requests_total");
    expect(planOf().leftOut).toEqual([]);
  });

  test("asks for as many new labels as hold a hundred cases of the rarer class", () => {
    expect(planOf().view.newLabels).toBe(1000);
  });

  test("asks for a budget only where the spec states none", () => {
    const asks = (plan: ReturnType<typeof planOf>) =>
      plan.openQuestions.some(({ question }) => question.includes("cost"));
    expect(asks(planOf())).toBe(true);
    expect(asks(planOf({ cloud_budget: { month_usd: 100 } }))).toBe(false);
  });
});
