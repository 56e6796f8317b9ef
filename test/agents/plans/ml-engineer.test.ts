import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { DraftInput } from "../../../src/agents/draft.ts";
import { baseConf, environmentConfs, maxRows } from "../../../src/agents/plans/ml-engineer/conf.ts";
import {
  searchSpace,
  trainRows,
  tunedFamily,
} from "../../../src/agents/plans/ml-engineer/search-space.ts";
import { planMlEngineer } from "../../../src/agents/plans/ml-engineer.ts";
import { Facts } from "../../../src/spec/facts.ts";
import { PipelineSpec } from "../../../src/spec/spec.ts";

const facts = Facts.parse(
  JSON.parse(
    await readFile(new URL("../../support/birdstrikes-facts.json", import.meta.url), "utf8"),
  ),
);
const spec = PipelineSpec.parse({
  pipeline: { name: "birdstrikes", goal: "Predict which wildlife strikes damage the aircraft" },
  dataset: { uri: "birdstrikes.csv" },
  target: { column: "Effect Amount of damage", positive: "!None" },
});
const withRows = (rows: number): Facts => ({ ...facts, profile: { ...facts.profile, rows } });
const inputOf = (changed: Partial<DraftInput> = {}): DraftInput => ({
  spec,
  facts,
  names: { pipeline: "birdstrikes", pkg: "birdstrikes", service: "birdstrikes" },
  upstream: new Map(),
  comments: [],
  ...changed,
});

describe("plan of the ml-engineer", () => {
  test("the same input gives the same plan", () => {
    expect(planMlEngineer(inputOf())).toEqual(planMlEngineer(inputOf()));
  });

  test("decisions carry the figures of this dataset", () => {
    const text = planMlEngineer(inputOf())
      .decisions.map(({ decided, why }) => `${decided} ${why}`)
      .join("\n");
    expect(text).toContain(trainRows(facts).toLocaleString("en-US"));
    expect(text).toContain(String(facts.baseline.trivial.value));
    const other = planMlEngineer(inputOf({ facts: withRows(300) }));
    expect(other.decisions).not.toEqual(planMlEngineer(inputOf()).decisions);
  });

  test("distributed training is left out with the size that says why", () => {
    const [left] = planMlEngineer(inputOf()).leftOut;
    expect(left?.part).toBe("training.distributed");
    expect(left?.why).toContain(trainRows(facts).toLocaleString("en-US"));
  });

  test("another orchestrator is recorded as waiting and the modules stay", () => {
    const airflow = { ...spec, options: { ...spec.options, orchestration: "airflow" as const } };
    const parts = planMlEngineer(inputOf({ spec: airflow })).leftOut.map(({ part }) => part);
    expect(parts).toEqual(["training.distributed", "training.modules"]);
  });

  test("few rows are named as a risk", () => {
    expect(planMlEngineer(inputOf({ facts: withRows(400) })).risks.join(" ")).toContain("320");
    expect(planMlEngineer(inputOf()).risks.join(" ")).not.toContain("intervals are wide");
  });
});

describe("search space", () => {
  test("every range is a range and leaves never outgrow the rows", () => {
    for (const rows of [100, 500, 8_000, 1_000_000]) {
      for (const ranges of Object.values(searchSpace(withRows(rows)))) {
        for (const range of Object.values(ranges)) expect(range.low).toBeLessThan(range.high);
      }
      const leaves = searchSpace(withRows(rows)).hist_gradient_boosting?.min_samples_leaf;
      expect(leaves?.high).toBeLessThanOrEqual(Math.max(10, rows / 20));
    }
  });

  test("a small dataset tunes the linear model and a large one boosting", () => {
    expect(tunedFamily(withRows(300))).toBe("linear");
    expect(tunedFamily(facts)).toBe("hist_gradient_boosting");
  });
});

describe("configuration of the training code", () => {
  test("only prod asks for an approval, and each stage asks for more than the one before", () => {
    const { dev, staging, prod } = environmentConfs(facts);
    expect([dev, staging, prod].map(({ conf }) => conf.promotion.approval)).toEqual([
      false,
      false,
      true,
    ]);
    expect(prod.conf.promotion.checks).toEqual(
      expect.arrayContaining([...staging.conf.promotion.checks]),
    );
    expect(prod.conf.promotion.checks).toContain("slices");
  });

  test("calibration is asked of binary targets only", () => {
    const numeric: Facts = { ...facts, target: { ...facts.target, kind: "regression" } };
    expect(environmentConfs(numeric).staging.conf.promotion.checks).not.toContain("calibration");
  });

  test("personal columns are redacted under their name and their field", () => {
    const column = facts.profile.columns[0];
    const personal: Facts = {
      ...facts,
      groups: { ...facts.groups, personal: [{ column: column?.name ?? "", kind: "name" }] },
    };
    expect(baseConf(personal, spec).logging.redact).toEqual([column?.name, column?.field]);
    expect(baseConf(facts, spec).logging.redact).toEqual([]);
  });

  test("more training memory admits more rows", () => {
    const larger: Facts = {
      ...facts,
      sizing: { ...facts.sizing, trainMemoryMb: 8 * facts.sizing.trainMemoryMb },
    };
    expect(maxRows(larger)).toBeGreaterThan(maxRows(facts));
  });
});
