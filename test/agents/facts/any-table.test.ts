import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Prompts, readPrompts } from "../../../src/agents/blueprint.ts";
import { measureFacts } from "../../../src/agents/facts/measure.ts";
import { PLANS } from "../../../src/agents/plans/catalog.ts";
import { renderStep } from "../../../src/agents/render.ts";
import { openDataset } from "../../../src/data/open.ts";
import { sha256 } from "../../../src/lib/hash.ts";
import { namesOf } from "../../../src/runtime/step-inputs.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { ROLES } from "../../../src/spec/roles.ts";
import { PipelineSpec, type PipelineSpecInput } from "../../../src/spec/spec.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-any-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const held: { prompts?: Prompts } = {};
beforeAll(async () => {
  held.prompts = await readPrompts("prompts");
});

/** Uniform numbers 0..1 that depend on row and salt alone; source: the finalizer of MurmurHash3. */
const unit = (row: number, salt: number): number => {
  let mixed = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296;
};
const day = (n: number): string =>
  new Date(Date.UTC(2022, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);

type Cell = (row: number) => string | number;
interface Table {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Cell>>;
  readonly target: string;
  readonly spec?: Partial<PipelineSpecInput>;
  readonly goal?: string;
  readonly name?: string;
}

let tables = 0;
const measure = async ({ columns, goal, name, rows, spec, target }: Table) => {
  const path = join(folder, `t${tables++}.csv`);
  const cells = Object.values(columns);
  const line = (n: number) => cells.map((cell) => cell(n)).join(",");
  writeFileSync(
    path,
    `${Object.keys(columns).join(",")}\n${Array.from({ length: rows }, (_, n) => line(n)).join("\n")}\n`,
  );
  const whole = PipelineSpec.parse({
    pipeline: { name: name ?? "any-table", goal: goal ?? "predict what happens to each case" },
    dataset: { uri: path },
    target: { column: target },
    ...spec,
  });
  const dataset = await openDataset({ path });
  try {
    const facts = await measureFacts({
      dataset,
      spec: whole,
      snapshot: { sha256: sha256(path), bytes: dataset.bytes },
    });
    return { facts, spec: whole };
  } finally {
    dataset.close();
  }
};

/** The first two roles' files, as any pipeline would get them. */
const render = ({ facts, spec }: { readonly facts: Facts; readonly spec: PipelineSpec }) => {
  const prompts = held.prompts;
  if (!prompts) throw new Error("not read");
  const files = new Map<string, string>();
  for (const role of ROLES.slice(0, 2)) {
    const input = {
      facts,
      spec,
      names: namesOf(spec),
      upstream: new Map(files),
      comments: [],
    };
    for (const [path, text] of renderStep(prompts, prompts.briefs[role], input, PLANS).files)
      files.set(path, text);
  }
  return files;
};

const x: Cell = (n) => (unit(n, 1) * 100).toFixed(2);
const z: Cell = (n) => Math.round(unit(n, 2) * 500);
const group: Cell = (n) => ["red", "green", "blue"][n % 3] ?? "";
const yes =
  (rate: number): Cell =>
  (n) =>
    unit(n, 3) < rate * (0.5 + unit(n, 1)) ? "yes" : "no";
const base = { x, z, group };

// What each table must lead to; every one is also rendered, and no figure of a document may be undefined.
const cases: readonly (readonly [string, Table, object])[] = [
  [
    "binary",
    { rows: 400, columns: { ...base, y: yes(0.4) }, target: "y" },
    { target: { kind: "binary" }, baseline: { metric: "roc_auc" }, split: { kind: "random" } },
  ],
  [
    "multi-class",
    {
      rows: 400,
      columns: { ...base, y: (n) => ["a", "b", "c", "d"][Math.floor(unit(n, 4) * 4)] ?? "" },
      target: "y",
    },
    { target: { kind: "multiclass" }, baseline: { metric: "macro_f1" } },
  ],
  [
    "regression",
    {
      rows: 400,
      columns: { ...base, y: (n) => (unit(n, 1) * 10 + unit(n, 5)).toFixed(3) },
      target: "y",
    },
    { target: { kind: "regression", positive: null }, baseline: { metric: "mae" } },
  ],
  [
    "a time column",
    { rows: 400, columns: { ...base, seen_on: (n) => day(n), y: yes(0.4) }, target: "y" },
    {
      time: { column: "seen_on", grain: "day" },
      split: { kind: "time" },
      arrival: { period: "week" },
    },
  ],
  [
    "an entity whose groups must not be split",
    { rows: 600, columns: { ...base, machine_id: (n) => `m${n % 60}`, y: yes(0.4) }, target: "y" },
    { keys: { entity: ["machine_id"] }, split: { kind: "entity" } },
  ],
  [
    "a rare outcome",
    { rows: 3_000, columns: { ...base, y: yes(0.02) }, target: "y" },
    { baseline: { metric: "average_precision" } },
  ],
  [
    "200 rows",
    { rows: 200, columns: { ...base, y: yes(0.4) }, target: "y" },
    { profile: { rows: 200 }, target: { kind: "binary" } },
  ],
  [
    "duplicated rows",
    {
      rows: 400,
      columns: {
        a: (n) => n % 40,
        b: (n) => n % 20,
        y: (n) => (unit(n % 40, 6) < 0.4 ? "yes" : "no"),
      },
      target: "y",
      spec: { columns: { include: ["a", "b"] } },
    },
    { profile: { duplicateRows: 360 }, keys: { chosen: [] } },
  ],
  [
    "high cardinality",
    {
      rows: 2_000,
      columns: { ...base, shop: (n) => `s${Math.floor(unit(n, 7) * 400)}`, y: yes(0.4) },
      target: "y",
    },
    {
      features: expect.arrayContaining([
        expect.objectContaining({ name: "shop", transform: "target_rate" }),
      ]),
    },
  ],
  [
    "absence that tells",
    {
      rows: 1_000,
      columns: {
        ...base,
        visit: (n) => (unit(n, 8) < (yes(0.4)(n) === "yes" ? 0.6 : 0.2) ? "" : z(n)),
        y: yes(0.4),
      },
      target: "y",
    },
    {
      features: expect.arrayContaining([
        expect.objectContaining({ name: "visit", missingFlag: true }),
      ]),
    },
  ],
  [
    "absence that does not tell",
    {
      rows: 2_000,
      columns: { ...base, visit: (n) => (n % 10 === 0 ? "" : z(n)), y: yes(0.4) },
      target: "y",
    },
    {
      features: expect.arrayContaining([
        expect.objectContaining({ name: "visit", missingFlag: false }),
      ]),
    },
  ],
  [
    "free text",
    {
      rows: 400,
      columns: {
        ...base,
        note: (n) => `seen by the ${n % 7} near ${Math.round(unit(n, 9) * 1e6)}`,
        y: yes(0.4),
      },
      target: "y",
    },
    {
      excluded: [
        expect.objectContaining({
          column: "note",
          reason: expect.stringMatching(/400 different values|free text/),
        }),
      ],
    },
  ],
  [
    "mixed types",
    {
      rows: 400,
      columns: {
        n: z,
        f: x,
        t: (n) => (n % 2 ? "true" : "false"),
        c: group,
        d: (n) => day(n % 300),
        s: (n) => `${day(n % 300)}T0${n % 9}:15:00Z`,
        y: yes(0.4),
      },
      target: "y",
    },
    {
      features: expect.arrayContaining([
        expect.objectContaining({ kind: "numeric" }),
        expect.objectContaining({ kind: "boolean" }),
        expect.objectContaining({ kind: "categorical" }),
        expect.objectContaining({ transform: "hour" }),
      ]),
    },
  ],
  [
    "a skewed amount",
    {
      rows: 400,
      columns: { ...base, pay: (n) => Math.round(Math.exp(unit(n, 10) * 12)), y: yes(0.4) },
      target: "y",
    },
    {
      features: expect.arrayContaining([
        expect.objectContaining({ name: "pay", transform: "log1p" }),
      ]),
    },
  ],
];

describe("facts and plans are right for any table", () => {
  test.each(cases.map(([title, table, expected]) => ({ title, table, expected })))(
    "$title",
    async ({ expected, table }) => {
      const measured = await measure(table);
      expect(measured.facts).toMatchObject(expected);
      const { features, split } = measured.facts;
      expect(features.length).toBeGreaterThan(0);
      expect(split.holdoutShare).toBeGreaterThan(0.05);
      for (const [path, text] of render(measured)) {
        if (path.endsWith(".py")) continue;
        expect([path, /\bundefined\b|\bNaN\b|\[object Object\]/.exec(text)?.[0]]).toEqual([
          path,
          undefined,
        ]);
      }
    },
    30_000,
  );

  test("2,000 columns", async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 1_999 }, (_, c): [string, Cell] => [
        `x${c}`,
        (n) => Math.round(unit(n, 100 + c) * 99),
      ]),
    );
    const { facts } = await measure({ rows: 200, columns: { ...wide, y: yes(0.4) }, target: "y" });
    expect(facts.profile.columns).toHaveLength(2_000);
    // With so few rows a handful looks like a leak by chance at most.
    expect(facts.features.length).toBeGreaterThan(1_990);
  }, 180_000);
});

describe("two unlike datasets", () => {
  test("share less than a third of the long lines of their documents, and no document holds a figure of the other's", async () => {
    const flights = await measure({
      name: "flights",
      rows: 900,
      columns: {
        departs_on: (n) => day(n),
        carrier: (n) => ["AA", "BB", "CC", "DD"][n % 4] ?? "",
        distance: (n) => Math.round(200 + unit(n, 11) * 2_600),
        delay: (n) => (unit(n, 11) * 30 + unit(n, 12) * 20).toFixed(1),
      },
      target: "delay",
      goal: "estimate how many minutes a flight is late",
    });
    const tumours = await measure({
      name: "tumours",
      rows: 350,
      columns: {
        radius: x,
        texture: z,
        smooth: (n) => unit(n, 13).toFixed(5),
        kind: (n) => (unit(n, 1) + unit(n, 14) * 0.8 > 1 ? "malignant" : "benign"),
      },
      target: "kind",
      goal: "predict whether a tumour is malignant",
    });
    const long = (files: ReadonlyMap<string, string>) =>
      new Set(
        [...files]
          .filter(([path]) => path.startsWith("docs/"))
          .flatMap(([, text]) => text.split("\n").map((line) => line.trim()))
          .filter((line) => line.length >= 40),
      );
    const [one, two] = [long(render(flights)), long(render(tumours))];
    const shared = [...one].filter((line) => two.has(line));
    process.stdout.write(
      `documents: ${shared.length} of ${one.size} and ${two.size} long lines are shared\n`,
    );
    expect(shared.length / Math.min(one.size, two.size)).toBeLessThan(1 / 3);
    // A line that both share may state rules of the product, never something measured on either.
    for (const line of shared) expect(line).not.toMatch(/\b(900|350)\b/);
  }, 60_000);
});
