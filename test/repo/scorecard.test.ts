import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { renderScorecard } from "../../src/repo/scorecard.ts";
import { monitoringFacts, monitoringSpec } from "../agents/plans/observability-facts.ts";

const Card = z.strictObject({
  version: z.literal(1),
  pipeline: z.string(),
  labels: z.record(z.string(), z.string()),
  grey_after_days: z.number(),
  criteria: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      target: z.strictObject({
        text: z.string(),
        bound: z.string(),
        value: z.number(),
        unit: z.string(),
      }),
      measure: z.string().min(20),
      command: z.string().min(5),
      allowed: z.array(z.enum(["M", "S", "T", "N"])),
      least_cases: z.number().optional(),
    }),
  ),
  left_out: z.array(z.strictObject({ id: z.string(), why: z.string(), to_turn_on: z.string() })),
});

const cardOf = (changes: object = {}) =>
  Card.parse(
    parse(renderScorecard({ spec: monitoringSpec(changes), facts: monitoringFacts() })) as unknown,
  );

const IDS = [
  "data.issues data.validation data.lineage data.feature-latency",
  "model.baseline model.degradation model.ab model.drift",
  "ops.uptime ops.latency ops.rollback ops.alert",
  "dev.lead-time dev.parallel dev.reproducible dev.self-service",
  "cost.waste cost.allocation cost.autoscaling cost.spot",
].flatMap((row) => row.split(" "));

describe("the scorecard", () => {
  test("holds the twenty criteria in their order and leaves none out by default", () => {
    expect(cardOf().criteria.map(({ id }) => id)).toEqual(IDS);
    expect(cardOf().left_out).toEqual([]);
  });

  test("a criterion whose target or file is not there yet is left out, with what is missing", () => {
    const input = { spec: monitoringSpec({}), facts: monitoringFacts() };
    const bare = Card.parse(
      parse(renderScorecard(input, { targets: new Set(["train"]), files: ["tests/infra/a.py"] })),
    );
    const why = (id: string) => bare.left_out.find((one) => one.id === id)?.why;
    expect(bare.criteria.map(({ id }) => id)).toContain("model.baseline");
    expect(bare.criteria.map(({ id }) => id)).toContain("cost.autoscaling");
    expect(why("data.issues")).toBe("this repository has no target validate");
    expect(why("data.feature-latency")).toBe("this repository has no tests › perf");
    expect(why("cost.allocation")).toBe("this repository has no cost › recommendations.md");
    expect(bare.criteria.length + bare.left_out.length).toBe(IDS.length);
  });

  test("every criterion may be a mere target or lack data", () => {
    for (const { allowed } of cardOf().criteria)
      expect(allowed).toEqual(expect.arrayContaining(["T", "N"]));
  });

  test("targets follow the spec and the measured baseline", () => {
    const card = cardOf({ slo: { p99_ms: 350, drift_h: 12 } });
    const targetOf = (id: string) => card.criteria.find((item) => item.id === id)?.target;
    expect(targetOf("ops.latency")?.value).toBe(0.35);
    expect(targetOf("model.drift")?.value).toBe(12);
    expect(targetOf("model.baseline")?.text).toContain("0.65");
  });

  test("a limit of 0.1 % needs 2,995 clean cases", () => {
    const least = cardOf().criteria.filter(({ id }) => id === "data.issues" || id === "ops.uptime");
    expect(least.map(({ least_cases }) => least_cases)).toEqual([2995, 2995]);
  });

  test("batch mode leaves out what needs an online service, with the way to turn it on", () => {
    const card = cardOf({ options: { deployment_mode: "batch" } });
    expect(card.left_out.map(({ id }) => id)).toEqual([
      "ops.uptime",
      "ops.latency",
      "cost.autoscaling",
    ]);
    expect(card.criteria).toHaveLength(17);
  });

  test("equal input gives equal bytes", () => {
    const input = { spec: monitoringSpec(), facts: monitoringFacts() };
    expect(renderScorecard(input)).toBe(renderScorecard(input));
  });
});
