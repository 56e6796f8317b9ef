import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  requestsForShift,
  requestsToSee,
  rolloutOf,
} from "../../../src/agents/plans/mlops-engineer/rollout.ts";
import { secretsOf } from "../../../src/agents/plans/mlops-engineer/secrets.ts";
import { servingOf, trainingOf } from "../../../src/agents/plans/mlops-engineer/sizing.ts";
import { planMlopsEngineer } from "../../../src/agents/plans/mlops-engineer.ts";
import { measuredFacts, servingInput } from "./serving-input.ts";

const load = (rpsMean: number, rpsPeak: number) => ({
  load: { rpsMean, rpsPeak, batchRowsPerDay: 1000, from: "spec" as const },
});
const rps = fc.double({ min: 0.01, max: 5000, noNaN: true });

describe("the size of the service", () => {
  test("replicas carry the load at the target and never fall below two in prod", () => {
    fc.assert(
      fc.property(rps, fc.double({ min: 1, max: 10, noNaN: true }), (mean, factor) => {
        const { facts, spec } = servingInput({}, load(mean, mean * factor));
        const serving = servingOf(facts, spec);
        const prod = serving.environments.find(({ name }) => name === "prod");
        const room = serving.rpsPerReplica * serving.targetUtilisation;
        expect(prod?.minReplicas).toBeGreaterThanOrEqual(Math.max(2, mean / room));
        expect((prod?.maxReplicas ?? 0) * room).toBeGreaterThanOrEqual(2 * mean * factor * 0.999);
        expect(prod?.maxReplicas).toBeGreaterThan(prod?.minReplicas ?? Number.POSITIVE_INFINITY);
      }),
    );
  });

  test("the latency objective is an edge of the histogram, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), (p99) => {
        const { facts, spec } = servingInput({ slo: { p99_ms: p99 } });
        const { buckets } = servingOf(facts, spec);
        expect(buckets).toContain(p99 / 1000);
        expect(buckets).toEqual([...new Set(buckets)].sort((a, b) => a - b));
      }),
    );
  });

  test("a larger model asks for more memory", () => {
    const { facts, spec } = servingInput();
    const large = { ...facts, sizing: { ...facts.sizing, modelMb: facts.sizing.modelMb + 500 } };
    expect(servingOf(large, spec).memoryRequestMb).toBeGreaterThanOrEqual(
      servingOf(facts, spec).memoryRequestMb + 1500 - 64,
    );
  });

  test("a training job's deadline is longer than the training", () => {
    const { facts } = servingInput();
    expect(trainingOf(facts).deadlineSeconds).toBeGreaterThan(60 * facts.sizing.trainMinutes);
  });
});

describe("the rollout", () => {
  test("59 requests show a fault of 5 % with 95 %", () => {
    expect(0.95 ** requestsToSee(0.05)).toBeLessThanOrEqual(0.05);
    expect(0.95 ** (requestsToSee(0.05) - 1)).toBeGreaterThan(0.05);
    expect(requestsForShift(0.25, 0.1)).toBe(392);
  });

  test("stages grow to all requests, and each sees enough of them", () => {
    fc.assert(
      fc.property(rps, (mean) => {
        const { facts, spec } = servingInput({}, load(mean, 3 * mean));
        const { stages, requestsPerStage } = rolloutOf(facts, spec, servingOf(facts, spec));
        const weights = stages.map(({ weight }) => weight);
        expect(weights).toEqual([...new Set(weights)].sort((a, b) => a - b));
        expect(weights.at(-1)).toBe(100);
        for (const { weight, seconds } of stages) {
          expect((seconds * weight * mean) / 100).toBeGreaterThanOrEqual(requestsPerStage * 0.999);
        }
      }),
    );
  });

  test("the first stage lets three bad replies come within half of the rollback time, up to half of the requests", () => {
    const { facts, spec } = servingInput({ slo: { rollback_s: 60 } }, load(1, 3));
    expect(rolloutOf(facts, spec, servingOf(facts, spec)).stages[0]?.weight).toBe(10);
    const slow = servingInput({ slo: { rollback_s: 10 } }, load(0.1, 0.3));
    expect(
      rolloutOf(slow.facts, slow.spec, servingOf(slow.facts, slow.spec)).stages[0]?.weight,
    ).toBe(50);
  });

  test("batch mode has only the strategies that need no live requests", () => {
    const { facts, spec } = servingInput({ options: { deployment_mode: "batch" } });
    const rollout = rolloutOf(facts, spec, servingOf(facts, spec));
    expect(rollout.strategies).toEqual(["blue-green", "shadow"]);
    expect(rollout.strategies).toContain(rollout.active);
  });
});

describe("secrets", () => {
  test("a local file without personal columns and without alerts needs none", () => {
    const input = servingInput(
      { options: { monitoring_stack: "custom" } },
      { groups: { ...measuredFacts.groups, personal: [] } },
    );
    expect(secretsOf(input)).toEqual([]);
  });

  test("a remote source, personal columns and paging each bring the secret that they need", () => {
    const input = servingInput(
      { dataset: { uri: "https://example.com/strikes.csv" } },
      { groups: { ...measuredFacts.groups, personal: [{ column: "Pilot", kind: "name" }] } },
    );
    expect(secretsOf(input).map(({ name }) => name)).toEqual([
      "data-credential",
      "pseudonym-key",
      "pagerduty-routing-key",
      "slack-webhook-url",
    ]);
  });
});

describe("the plan", () => {
  test("decisions change with the load", () => {
    const small = planMlopsEngineer(servingInput({}, load(1, 3)));
    const large = planMlopsEngineer(servingInput({}, load(500, 1500)));
    expect(large.decisions[0]?.decided).not.toBe(small.decisions[0]?.decided);
  });

  test("an assumed load is asked about, a stated one is not", () => {
    const asks = (plan: ReturnType<typeof planMlopsEngineer>) =>
      plan.openQuestions.filter(({ question }) => question.includes("How many requests"));
    expect(asks(planMlopsEngineer(servingInput({}, load(5, 9))))).toEqual([]);
    const assumed = { load: { ...measuredFacts.load, from: "assumed" as const } };
    expect(asks(planMlopsEngineer(servingInput({}, assumed)))).toHaveLength(1);
  });

  test("what a deployment mode rules out is recorded with how to turn it on", () => {
    const parts = (mode: "realtime" | "batch" | "streaming") =>
      planMlopsEngineer(servingInput({ options: { deployment_mode: mode } })).leftOut;
    expect(parts("realtime").map(({ part }) => part)).toEqual([
      "serving.api.grpc",
      "serving.stream",
    ]);
    expect(parts("batch").map(({ part }) => part)).toContain("serving.api");
    expect(parts("streaming").find(({ part }) => part === "serving.stream")?.why).toContain(
      "kafka",
    );
    expect(parts("batch").every(({ why, toTurnOn }) => why !== "" && toTurnOn !== "")).toBe(true);
  });

  test("the same input gives the same plan", () => {
    expect(planMlopsEngineer(servingInput())).toEqual(planMlopsEngineer(servingInput()));
  });
});
