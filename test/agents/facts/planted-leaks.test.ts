import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { measureFacts } from "../../../src/agents/facts/measure.ts";
import { openDataset } from "../../../src/data/open.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { PipelineSpec, type PipelineSpecInput } from "../../../src/spec/spec.ts";
import {
  binaryTable,
  type LeakyTable,
  multiclassTable,
  regressionTable,
} from "../../support/leaky-table.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-leaks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const measure = async (
  name: string,
  { columns, target }: LeakyTable,
  extra: Partial<PipelineSpecInput> = {},
): Promise<Facts> => {
  const path = join(folder, `${name}.csv`);
  const header = [...columns.map((column) => column.name), "y"].join(",");
  const lines = target.map((label, n) =>
    [...columns.map(({ cells }) => cells[n]), label].join(","),
  );
  writeFileSync(path, `${[header, ...lines].join("\n")}\n`);
  const spec = PipelineSpec.parse({
    pipeline: { name: "leaks", goal: "predict what happens to each case" },
    dataset: { uri: path },
    target: { column: "y" },
    ...extra,
  });
  const dataset = await openDataset({ path });
  try {
    return await measureFacts({ dataset, spec, snapshot: { sha256: "a".repeat(64), bytes: 1 } });
  } finally {
    dataset.close();
  }
};

/** Columns that are out of the features for a reason of leakage, whatever the pattern. */
const leftOut = ({ leakage }: Facts): ReadonlySet<string> =>
  new Set(leakage.filter(({ verdict }) => verdict === "exclude").map(({ column }) => column));

interface Score {
  readonly caught: number;
  readonly planted: number;
  readonly wrong: readonly string[];
  readonly missed: readonly string[];
}

const score = ({ columns }: LeakyTable, facts: Facts): Score => {
  const out = leftOut(facts);
  const planted = columns.filter(({ leaks }) => leaks);
  return {
    planted: planted.length,
    caught: planted.filter(({ name }) => out.has(name)).length,
    missed: planted.filter(({ name }) => !out.has(name)).map(({ name }) => name),
    wrong: columns.filter(({ leaks, name }) => !leaks && out.has(name)).map(({ name }) => name),
  };
};

const SEEDS = [1, 2, 3, 4, 5];
const kinds = [
  // Floors lie under what was seen to hold over these seeds: recall .875, 1 and 1; precision 1 each.
  { kind: "binary", make: binaryTable, recall: 0.85, precision: 0.95, least: 16 },
  { kind: "regression", make: regressionTable, recall: 0.95, precision: 0.95, least: 6 },
  { kind: "multiclass", make: multiclassTable, recall: 0.9, precision: 0.95, least: 12 },
];

describe("planted leaks are found and honest columns stay", () => {
  test.each(kinds)(
    "$kind: recall at least $recall, precision at least $precision",
    async ({ kind, least, make, precision, recall }) => {
      const scores: Score[] = [];
      for (const seed of SEEDS) {
        const table = make(seed);
        const facts = await measure(`${kind}-${seed}`, table);
        expect(facts.target.kind).toBe(kind);
        scores.push(score(table, facts));
      }
      const sum = (count: (one: Score) => number) =>
        scores.reduce((all, one) => all + count(one), 0);
      const caught = sum((one) => one.caught);
      const wrong = sum((one) => one.wrong.length);
      const figures = {
        recall: caught / sum((one) => one.planted),
        precision: caught / (caught + wrong),
      };
      const names = (pick: (one: Score) => readonly string[]) =>
        [...new Set(scores.flatMap(pick))].join(", ") || "none";
      process.stdout.write(
        `leaks, ${kind}: recall ${figures.recall.toFixed(3)}, precision ${figures.precision.toFixed(3)}; missed ${names((one) => one.missed)}; wrong ${names((one) => one.wrong)}\n`,
      );
      expect(scores[0]?.planted).toBe(least);
      expect(figures.recall).toBeGreaterThanOrEqual(recall);
      expect(figures.precision).toBeGreaterThanOrEqual(precision);
    },
    120_000,
  );
});

test("every excluded suspect has evidence with a figure, and a comment that brings it back", async () => {
  const facts = await measure("evidence", binaryTable(6));
  expect(new Set(facts.leakage.map(({ pattern }) => pattern)).size).toBeGreaterThanOrEqual(7);
  for (const { column, evidence, field, pattern } of facts.leakage) {
    expect([column, evidence]).toEqual([column, expect.stringMatching(/\d|each of its values/)]);
    expect(facts.excluded.find((item) => item.field === field)?.reason).toContain(
      pattern.replaceAll("_", " "),
    );
    expect(
      facts.assumptions.find(({ subject }) => subject === `column ${column}`)?.change,
    ).toContain(`include ${column}`);
  }
}, 60_000);

test("what people include stays a feature, and stays a suspect", async () => {
  const names = ["points", "last_updated", "team_level", "handler"];
  const facts = await measure("included", binaryTable(7), { columns: { include: names } });
  for (const name of names) {
    expect(facts.leakage).toContainEqual(
      expect.objectContaining({ column: name, verdict: "keep" }),
    );
    expect(facts.features.map(({ source }) => source)).toContain(name);
  }
}, 60_000);
