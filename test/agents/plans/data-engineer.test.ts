import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataConf } from "../../../src/agents/plans/data-engineer/conf.ts";
import { expectationSuite } from "../../../src/agents/plans/data-engineer/expectations.ts";
import { roundOut } from "../../../src/agents/plans/data-engineer/figures.ts";
import { incrementalOf } from "../../../src/agents/plans/data-engineer/incremental.ts";
import { recordColumns } from "../../../src/agents/plans/data-engineer/record.ts";
import { qualityRules, shareBound } from "../../../src/agents/plans/data-engineer/rules.ts";
import { partitionOf, storageCost } from "../../../src/agents/plans/data-engineer/storage.ts";
import { planDataEngineer } from "../../../src/agents/plans/data-engineer.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { birdstrikes, draftInput, timeless } from "./data-plans.ts";

const withPersonal = (name: string): Partial<Facts> => ({
  profile: {
    ...birdstrikes.profile,
    columns: birdstrikes.profile.columns.map((column) =>
      column.name === name
        ? {
            name: column.name,
            field: column.field,
            type: column.type,
            nulls: column.nulls,
            distinct: column.distinct,
            personal: "name" as const,
          }
        : column,
    ),
  },
  groups: { ...birdstrikes.groups, personal: [{ column: name, kind: "name" }] },
});

describe("quality rules", () => {
  test("every rule has an id of its own and a reason with a figure or a fact", () => {
    const rules = qualityRules(birdstrikes);
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
    expect(rules.every((rule) => rule.reason.length > 10)).toBe(true);
  });

  test("a hard rule about missing values exists only where none is missing", () => {
    for (const rule of qualityRules(birdstrikes).filter((entry) => entry.rule === "not_null")) {
      const column = birdstrikes.profile.columns.find((entry) => entry.field === rule.field);
      expect(column?.nulls).toBe(0);
    }
  });

  test("the target's own labels are the only ones allowed, the label None among them", () => {
    const rule = qualityRules(birdstrikes).find(
      (entry) => entry.id === `allowed:${birdstrikes.target.field}`,
    );
    expect(rule).toMatchObject({ severity: "hard", bound: 0 });
    expect(rule?.values).toContain("None");
  });

  test("the measured extremes lie inside the range that is allowed", () => {
    for (const rule of qualityRules(birdstrikes).filter((entry) => entry.rule === "range")) {
      const column = birdstrikes.profile.columns.find((entry) => entry.field === rule.field);
      expect(Number(rule.low)).toBeLessThanOrEqual(Number(column?.min));
      expect(Number(rule.high)).toBeGreaterThanOrEqual(Number(column?.max));
    }
  });

  test("too few periods give no rule about rows per period", () => {
    const few = { ...birdstrikes.arrival, perPeriod: birdstrikes.arrival.perPeriod.slice(0, 7) };
    const ids = (facts: Facts) => qualityRules(facts).map((rule) => rule.id);
    expect(ids(birdstrikes)).toContain("period_volume");
    expect(ids({ ...birdstrikes, arrival: few })).not.toContain("period_volume");
  });

  test("a personal column has no rule, no record field and no measured figure", () => {
    const facts = { ...birdstrikes, ...withPersonal("Airport Name") };
    expect(JSON.stringify(qualityRules(facts))).not.toContain("airport_name");
    expect(recordColumns(facts).map((column) => column.field)).not.toContain("airport_name");
    expect(dataConf(facts, draftInput().spec).profile.columns).not.toHaveProperty("airport_name");
  });

  test("the bound of a share is never below what was measured and never above one", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 1e6 }),
        (share, rows) => {
          const bound = shareBound(share, rows);
          return bound <= 1 && bound >= Math.min(share, 1);
        },
      ),
    );
  });

  test("rounding a limit never makes it tighter", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
        const slack = Math.abs(value) * 1e-9;
        return roundOut(value, "up") >= value - slack && roundOut(value, "down") <= value + slack;
      }),
    );
  });

  test("the suite holds the same rules as the configuration but two that have no expectation", () => {
    const rules = qualityRules(birdstrikes);
    const suite = expectationSuite(birdstrikes, rules, "strikes");
    const listed = suite.expectations.map((expectation) => expectation.meta.rule);
    const missing = rules.filter((rule) => !listed.includes(rule.id)).map((rule) => rule.rule);
    expect([...new Set(missing)].sort()).toEqual(["exact_copies", "period_volume"]);
  });
});

describe("the data engineer's decisions", () => {
  test("changes come in by watermark with an event time and by snapshot without", () => {
    const mode = (facts: Partial<Facts>, choice: "auto" | "snapshot" = "auto") =>
      dataConf(
        draftInput(facts).facts,
        draftInput({}, { choices: { change_capture: choice } }).spec,
      ).incremental;
    expect(mode({})).toMatchObject({ mode: "watermark", field: "flight_date", overlap_days: 2 });
    expect(mode(timeless)).toMatchObject({ mode: "snapshot", field: null });
    expect(mode({}, "snapshot").mode).toBe("snapshot");
  });

  test("copies stay without a key, go with one, and stay where personal columns were left behind", () => {
    const exact = (facts: Partial<Facts>) =>
      dataConf(draftInput(facts).facts, draftInput().spec).duplicates.exact;
    const keyed = { keys: { ...birdstrikes.keys, chosen: ["Airport Name"] } };
    expect(exact({})).toBe("keep");
    expect(exact(keyed)).toBe("drop");
    expect(exact(timeless)).toBe("drop");
    expect(exact({ ...keyed, ...withPersonal("Wildlife Species") })).toBe("keep");
    // Fourteen columns of two values are 16,384 combinations: most of 10,000 rows have a twin by chance.
    const columns = birdstrikes.profile.columns.map((column) => ({ ...column, distinct: 2 }));
    const coarse = { profile: { ...birdstrikes.profile, columns } };
    expect(exact({ ...timeless, ...coarse })).toBe("keep");
    expect(exact({ ...keyed, ...coarse })).toBe("drop");
  });

  test("a partition that gives tiny files is refused with its figure", () => {
    expect(partitionOf(birdstrikes)).toMatchObject({ by: "none" });
    expect(partitionOf(birdstrikes).reason).toMatch(/\d+ bytes/);
    const large = { ...birdstrikes, profile: { ...birdstrikes.profile, bytes: 20_000_000_000 } };
    expect(partitionOf(large)).toMatchObject({ by: "month", field: "flight_date" });
  });

  test("cost is bytes times a dated price, and no figure where price or arrivals are unknown", () => {
    const cost = storageCost(birdstrikes, draftInput().spec);
    expect(cost.price).toMatchObject({ usd_per_gb_month: 0.023, dated: expect.any(String) });
    expect(cost.layers[0]?.bytes_now).toBe(birdstrikes.profile.bytes);
    const many = draftInput({}, { options: { cloud_provider: "multi-cloud" } }).spec;
    const unpriced = storageCost(birdstrikes, many);
    expect(unpriced.layers.map((layer) => layer.usd_month_now)).toEqual(
      Array(3).fill("NOT ENOUGH DATA"),
    );
    const still = storageCost({ ...birdstrikes, ...timeless }, draftInput().spec);
    expect(still.layers[0]?.bytes_in_12_months).toBe("NOT ENOUGH DATA");
  });

  test("no service level is tighter than the longest gap of the source", () => {
    const { sla } = dataConf(birdstrikes, draftInput().spec);
    expect(sla.freshness_days).toBeGreaterThanOrEqual(birdstrikes.time.gapDays ?? 0);
  });

  test("a change log is applied where rows have a key, and is left out with the reason where they have none", () => {
    const log = { choices: { change_capture: "log" } } as const;
    const without = planDataEngineer(draftInput({}, log));
    expect(without.leftOut).toEqual([
      expect.objectContaining({
        part: "ingestion.incremental",
        why: expect.stringContaining("key"),
      }),
    ]);
    const name = birdstrikes.profile.columns[0]?.name ?? "";
    const facts = { ...birdstrikes, keys: { ...birdstrikes.keys, chosen: [name] } };
    const { spec } = draftInput({}, log);
    expect(incrementalOf(facts, spec)).toMatchObject({ mode: "log", overlap_days: 0 });
    const plan = planDataEngineer({ ...draftInput({}, log), facts });
    expect(plan.leftOut).toEqual([]);
    expect(plan.openQuestions.some((entry) => entry.question.includes("change log"))).toBe(true);
  });

  test("the same input gives the same plan", () => {
    expect(planDataEngineer(draftInput())).toEqual(planDataEngineer(draftInput()));
  });

  test("a field that a pydantic model has of its own gets another attribute and keeps its name", () => {
    const columns = birdstrikes.profile.columns.map((column, at) =>
      at === 0 ? { ...column, field: "copy" } : column,
    );
    const facts = { ...birdstrikes, profile: { ...birdstrikes.profile, columns } };
    expect(recordColumns(facts)[0]).toMatchObject({ field: "copy", attribute: "f_copy_" });
  });

  test("of two columns with one name the second is asked for by its field", () => {
    const columns = birdstrikes.profile.columns.map((column, at) =>
      at === 1 ? { ...column, name: "Airport Name" } : column,
    );
    const facts = { ...birdstrikes, profile: { ...birdstrikes.profile, columns } };
    expect(
      recordColumns(facts)
        .slice(0, 2)
        .map((column) => column.alias),
    ).toEqual(["Airport Name", "aircraft_make_model"]);
  });
});
