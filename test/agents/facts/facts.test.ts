import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { measureFacts } from "../../../src/agents/facts/measure.ts";
import { openDataset } from "../../../src/data/open.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { PipelineSpec, type PipelineSpecInput } from "../../../src/spec/spec.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-facts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

type Row = Readonly<Record<string, string | number>>;
type Extra = Omit<Partial<PipelineSpecInput>, "target"> & {
  readonly target?: Partial<PipelineSpecInput["target"]>;
};

const measure = async (rows: readonly Row[], column: string, extra: Extra = {}): Promise<Facts> => {
  const path = join(folder, `t${files++}.csv`);
  const names = Object.keys(rows[0] ?? {});
  writeFileSync(
    path,
    `${[names, ...rows.map((row) => names.map((name) => row[name]))].map((line) => line.join(",")).join("\n")}\n`,
  );
  const spec = PipelineSpec.parse({
    pipeline: { name: "table", goal: "predict what happens to each case" },
    dataset: { uri: path },
    ...extra,
    target: { column, ...extra.target },
  });
  const dataset = await openDataset({ path });
  try {
    return await measureFacts({
      dataset,
      spec,
      snapshot: { sha256: "a".repeat(64), bytes: dataset.bytes },
    });
  } finally {
    dataset.close();
  }
};
/** A fixed sequence in 0..1 that looks random: the fractional part of multiples of an irrational number. */
const noise = (place: number, salt: number): number =>
  Math.sin(place * 12.9898 + salt * 78.233) * 43758.5453;
const unit = (place: number, salt = 1): number =>
  noise(place, salt) - Math.floor(noise(place, salt));
/** Uniform numbers 0..1 from a seed (linear congruential, Numerical Recipes), the first twenty left out. */
const sequence = (seed: number): (() => number) => {
  let state = seed;
  const next = () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
  for (let drawn = 0; drawn < 20; drawn++) next();
  return next;
};
const table = (count: number, row: (place: number) => Row): readonly Row[] =>
  Array.from({ length: count }, (_, place) => row(place));
const plain = table(400, (n) => ({
  a: Math.round(unit(n) * 1000),
  b: ["x", "y", "z"][n % 3] ?? "",
  y: unit(n, 2) < 0.3 ? "yes" : "no",
}));
const excludedBy = ({ leakage }: Facts) =>
  leakage.filter(({ verdict }) => verdict === "exclude").map(({ column }) => column);

describe("a target that cannot be learnt is refused", () => {
  test.each([
    ["an unknown column", "TARGET_UNKNOWN", "why", {}],
    ["a constant", "TARGET_CONSTANT", "c", {}],
    ["no values", "TARGET_EMPTY", "e", {}],
    ["labels that never repeat", "TARGET_CLASSES", "t", {}],
    ["an unknown positive label", "POSITIVE_UNKNOWN", "y", { target: { positive: "yess" } }],
    ["an unknown event time", "EVENT_TIME_UNKNOWN", "y", { columns: { event_time: "when" } }],
    ["an unknown entity", "ENTITY_UNKNOWN", "y", { columns: { entity: ["who"] } }],
    ["regression on text", "TARGET_KIND", "y", { target: { kind: "regression" as const } }],
  ])("%s: %s", async (_, code, column, extra) => {
    const rows = plain.map((row, place) => ({ ...row, c: "k", e: "", t: `w${place}` }));
    await expect(measure(rows, column, extra)).rejects.toMatchObject({ code, kind: "input" });
  });

  test("a near miss is named", async () => {
    const rows = plain.map(({ a = 0, b = "", y = "" }) => ({ a, b, churned: y }));
    await expect(measure(rows, "Churnd")).rejects.toMatchObject({
      next: expect.stringContaining("churned"),
    });
  });

  test("fewer positives than folds", async () => {
    const rows = plain.map((row, place) => ({ ...row, y: place < 3 ? "yes" : "no" }));
    await expect(measure(rows, "y")).rejects.toMatchObject({ code: "TOO_FEW_ROWS" });
  });
});

describe("the kind of target", () => {
  test.each([
    ["binary", (n: number) => (n % 3 === 0 ? "yes" : "no")],
    ["binary", (n: number) => n % 2],
    ["multiclass", (n: number) => ["red", "green", "blue"][n % 3] ?? ""],
    ["regression", (n: number) => unit(n) * 100],
    ["regression", (n: number) => n * 3],
  ])("is %s by its values", async (kind, y) => {
    const { target, baseline } = await measure(
      plain.map((row, n) => ({ ...row, y: y(n) })),
      "y",
    );
    expect(target.kind).toBe(kind);
    expect(baseline.metric).toBe(
      { binary: "roc_auc", multiclass: "macro_f1", regression: "mae" }[kind],
    );
  });

  test("a goal that asks which kind keeps the labels apart, one that asks whether does not", async () => {
    const rows = plain.map((row, n) => ({
      ...row,
      y: n % 10 < 6 ? "None" : n % 2 ? "Minor" : "Major",
    }));
    const asking = (goal: string) => measure(rows, "y", { pipeline: { name: "table", goal } });
    expect((await asking("predict which strikes do damage")).target.positive).toEqual({
      rule: "not_equals",
      labels: ["None"],
    });
    expect((await asking("predict what kind of damage is done")).target.kind).toBe("multiclass");
  });

  test("a given positive label is kept, with or without the mark for everything else", async () => {
    expect((await measure(plain, "y", { target: { positive: "no" } })).target.positive).toEqual({
      rule: "equals",
      labels: ["no"],
    });
    const { target } = await measure(plain, "y", { target: { positive: "!no" } });
    expect(target.positive).toEqual({ rule: "not_equals", labels: ["no"] });
    expect(target.baseRate).toBeCloseTo(
      plain.filter(({ y }) => y === "yes").length / plain.length,
      9,
    );
  });
});

describe("leakage", () => {
  test("a copy of the target under other labels is excluded", async () => {
    expect(
      excludedBy(
        await measure(
          plain.map((row) => ({ ...row, copy: row.y === "yes" ? "A" : "B" })),
          "y",
        ),
      ),
    ).toContain("copy");
  });

  test("a number that separates the classes is excluded, a strong but honest one is kept", async () => {
    const rows = plain.map((row, n) => {
      const y = row.y === "yes" ? 1 : 0;
      return {
        ...row,
        leak: Math.round((y + unit(n, 5) * 0.9) * 1000),
        strong: Math.round((y * 0.5 + unit(n, 6)) * 1000),
      };
    });
    const out = excludedBy(await measure(rows, "y"));
    expect(out).toContain("leak");
    expect(out).not.toContain("strong");
  });

  test("a number without relation to the target is no copy of it, though few of its values repeat", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const next = sequence(seed);
      const rows = table(80, (n) => {
        const a = Math.round(next() * 900);
        const rare = next() < 0.12;
        return { a, y: n < 8 || rare ? "yes" : "no" };
      });
      expect(excludedBy(await measure(rows, "y"))).toEqual([]);
    }
  }, 20_000);

  test("a category of many values without relation to the target is not taken for one that tells it", async () => {
    const next = sequence(101);
    const rows = table(1200, () => ({
      a: Math.round(next() * 50),
      shop: `s${Math.floor(next() * 600)}`,
      y: next() < 0.02 ? "yes" : "no",
    }));
    const facts = await measure(rows, "y");
    expect(excludedBy(facts)).toEqual([]);
    expect(facts.assoc.find(({ column }) => column === "shop")?.value).toBeLessThan(0.65);
  });

  test("a running number is an identifier", async () => {
    expect(
      excludedBy(
        await measure(
          plain.map((row, n) => ({ ...row, id: n + 1 })),
          "y",
        ),
      ),
    ).toContain("id");
  });

  test("what people include is kept, with the evidence", async () => {
    const rows = plain.map((row) => ({ ...row, copy: row.y === "yes" ? "A" : "B" }));
    const facts = await measure(rows, "y", { columns: { include: ["copy"] } });
    expect(facts.leakage).toContainEqual(
      expect.objectContaining({ column: "copy", verdict: "keep" }),
    );
    expect(facts.features.map(({ source }) => source)).toContain("copy_value");
  });
});

test("personal columns are found, are no features, and show no value", async () => {
  const rows = plain.map((row, n) => ({
    ...row,
    contact: `person${n}@example.org`,
    "Phone No": `+49 30 ${1_000_000 + n}`,
    customer_id: `C${n % 50}`,
    airport_name: ["Berlin", "Paris"][n % 2] ?? "",
  }));
  const facts = await measure(rows, "y");
  expect(facts.groups.personal.map(({ column, kind }) => `${column} ${kind}`)).toEqual([
    "contact email",
    "Phone No phone",
    "customer_id id",
  ]);
  expect(facts.features.map(({ source }) => source)).not.toEqual(
    expect.arrayContaining(["contact"]),
  );
  expect(JSON.stringify(facts)).not.toMatch(/person\d+@|\+49 30|"C\d+"/);
});

test("without a time, groups of an entity are held out whole", async () => {
  const { split, keys } = await measure(
    plain.map((row, n) => ({ ...row, machine_id: `m${n % 40}` })),
    "y",
  );
  expect(keys.entity).toEqual(["machine_id"]);
  expect(split).toMatchObject({ kind: "entity", cut: null });
});

describe("with a time and an entity", () => {
  const visits = (label: (who: number, place: number) => string | number) =>
    table(800, (n) => ({
      seen_on: new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10),
      customer_id: `m${n % 40}`,
      usage: (unit(n) * 10).toFixed(2),
      y: label(n % 40, n),
    }));
  test("rows are cut by time where their labels change, whoever comes back", async () => {
    const { keys, split } = await measure(
      visits((_, n) => (unit(n, 3) < 0.3 ? "yes" : "no")),
      "y",
    );
    expect(keys.entity).toEqual(["customer_id"]);
    expect(split.kind).toBe("time");
  });
  test.each([
    ["one label each", (who: number) => (who % 3 === 0 ? "yes" : "no")],
    ["one of several labels each", (who: number) => ["red", "green", "blue"][who % 3] ?? ""],
    ["nearly one number each", (who: number, n: number) => (who * 5 + unit(n, 7)).toFixed(3)],
  ])("entities with %s are held out whole, and it is said", async (_, label) => {
    const { assumptions, split } = await measure(visits(label), "y");
    expect(split).toMatchObject({
      kind: "entity",
      reason: expect.stringMatching(/one customer_id have one answer \(agreement (0\.9|1)/),
    });
    expect(assumptions.find(({ subject }) => subject === "split")?.change).toContain(
      "split by time",
    );
  });
  test("who asks for a split by time gets it", async () => {
    const { split } = await measure(
      visits((who) => (who % 3 === 0 ? "yes" : "no")),
      "y",
      { training: { split: "time" } },
    );
    expect(split.kind).toBe("time");
  });
});

test("every assumption says what, why and how to change it", async () => {
  const { assumptions } = await measure(plain, "y");
  expect(assumptions.length).toBeGreaterThan(3);
  for (const { subject, assumed, why, change } of assumptions)
    for (const words of [subject, assumed, why, change]) expect(words).toMatch(/\S/);
});

test("a hostile column name reaches the facts unharmed", async () => {
  const name = "x'; DROP TABLE data; --";
  const rows = plain.map(({ a = 0, y = "" }) => ({ [name]: a, y }));
  expect((await measure(rows, "y")).features.map(({ source }) => source)).toEqual([
    "x_drop_table_data",
  ]);
});
