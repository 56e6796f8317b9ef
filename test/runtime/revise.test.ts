import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Prompts, readPrompts } from "../../src/agents/blueprint.ts";
import { PLANS } from "../../src/agents/plans/catalog.ts";
import { findReads } from "../../src/agents/reads.ts";
import { renderStep } from "../../src/agents/render.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createNewId } from "../../src/lib/id.ts";
import { homeAt } from "../../src/runtime/home.ts";
import { createMeasuring } from "../../src/runtime/measuring.ts";
import { namesOf } from "../../src/runtime/step-inputs.ts";
import { applyEdits, understandComment } from "../../src/spec/comment-grammar.ts";
import { WorkspaceConfig } from "../../src/spec/config.ts";
import type { Facts } from "../../src/spec/facts.ts";
import { ROLES, type Role } from "../../src/spec/roles.ts";
import type { PipelineSpec } from "../../src/spec/spec.ts";

const folder = mkdtempSync(join(tmpdir(), "mlpipeline-revise-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Orders of 600 days, with everything that a comment may be about. */
const orders = (): string => {
  const day = (n: number) =>
    new Date(Date.UTC(2023, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
  const lines = Array.from({ length: 600 }, (_, n) => {
    const price = ((n * 37) % 211) + ((n * 7919) % 10 < 3 ? 40 : 0) + (n % 97 === 0 ? 5_000 : 0);
    const returned = (n * 7919) % 13 < 4 ? "yes" : "no";
    const score = n % 20 === 0 ? "" : String((n * 31) % 101);
    const fee = n % 3 === 0 ? "n.b." : String((n * 17) % 53);
    return [
      day(n),
      `c${n % 60}`,
      price,
      score,
      fee,
      ["web", "shop", "phone"][n % 3],
      returned,
      n % 4,
    ].join(",");
  });
  return `placed_on,client_code,price,score,fee,channel,returned,size\n${lines.join("\n")}\n`;
};

interface State {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
}
const held: { prompts?: Prompts; start?: State; revise?: (spec: PipelineSpec) => Promise<Facts> } =
  {};
beforeAll(async () => {
  const path = join(folder, "orders.csv");
  writeFileSync(path, orders());
  const measuring = createMeasuring({
    config: WorkspaceConfig.parse({ data: { roots: [folder] } }),
    home: homeAt(join(folder, "home")),
    newId: createNewId(systemClock.nowMs),
  });
  const spec = measuring.intake({
    goal: "predict which orders come back",
    dataset: path,
    target: "returned",
    options: {},
  });
  const { facts, snapshot } = await measuring.measure(spec);
  held.prompts = await readPrompts("prompts");
  held.start = { spec, facts };
  held.revise = async (changed) =>
    (await measuring.remeasure({ spec, snapshot, factsHash: "", sampleHash: "" }, changed)).facts;
}, 60_000);
const get = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("not made");
  return value;
};

/** Files of the roles, each rendered over those before it. */
const render = ({ facts, spec }: State, roles: readonly Role[]): ReadonlyMap<string, string> => {
  const prompts = get(held.prompts);
  const files = new Map<string, string>();
  for (const role of ROLES.filter((one) => roles.includes(one))) {
    const input = { spec, facts, names: namesOf(spec), upstream: new Map(files), comments: [] };
    for (const [path, text] of renderStep(prompts, prompts.briefs[role], input, PLANS).files)
      files.set(path, text);
  }
  return files;
};

const revised = async (comment: string): Promise<State> => {
  const { facts, spec } = get(held.start);
  const names = facts.profile.columns.map(({ name }) => name);
  const applied = applyEdits(spec, understandComment(comment) ?? [], names);
  if ("problem" in applied) throw new Error(applied.problem);
  return { spec: applied.spec, facts: await get(held.revise)(applied.spec) };
};

const TRAINING: readonly Role[] = ["data-engineer", "data-scientist", "ml-engineer"];

/** A line within one feature's block of conf/model.yaml. */
const ofFeature = (name: string, line: string): RegExp =>
  new RegExp(`- name: ${name}\\n(?:(?!\\s*- name:).*\\n)*?\\s+${line}`);

describe("a comment of the grammar reaches the files", () => {
  // The comment, a file that changes, and what then stands in it.
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "exclude channel",
      "conf/model.yaml",
      /field: channel\n\s+column: channel\n\s+reason: excluded by columns.exclude/,
    ],
    ["metric average_precision", "conf/model.yaml", /primary: average_precision/],
    ["target size", "conf/model.yaml", /kind: multiclass/],
    ["positive no", "conf/model.yaml", /labels:\n\s+- "?no"?/],
    ["split at random", "conf/model.yaml", /split:\n\s+kind: random/],
    [
      "split by entity client_code",
      "conf/model.yaml",
      /split:\n\s+kind: entity\n(.*\n)*?\s+- client_code/,
    ],
    ["event time none", "conf/data.yaml", /time:\n\s+field: null/],
    ["threshold 0.35", "conf/model.yaml", /rule: given\n\s+value: 0.35/],
    ["error costs 1:4", "conf/model.yaml", /false_negative: 4/],
    ["model family linear", "docs/model-requirements.md", /not among training.families/],
    ["folds 3", "conf/model.yaml", /folds: 3/],
    ["holdout 0.3", "conf/model.yaml", /holdout_share: 0\.3/],
    ["time budget 3 minutes", "conf/base.yaml", /minutes: 3/],
    ["trials 4", "conf/base.yaml", /trials: 4/],
    ["seed 77", "conf/model.yaml", /seed: 77/],
    ["missing values flag", "conf/model.yaml", ofFeature("score", "missingFlag: true")],
    ['missing token "n.b."', "conf/data.yaml", /- n\.b\./],
    ["outliers keep", "conf/model.yaml", ofFeature("price", "clip: null")],
    ["set slo.p99_ms = 77", "conf/model.yaml", /p99_ms: 77/],
    ["set experiment.max_days = 99", "conf/model.yaml", /max_days: 99/],
    ["set retention_days.raw = 31", "conf/data.yaml", /days: 31\n/],
  ];
  test.each(cases)(
    "%s → %s",
    async (comment, path, words) => {
      const before = render(get(held.start), TRAINING).get(path);
      const after = render(await revised(comment), TRAINING).get(path);
      expect(after).not.toBe(before);
      expect(after).toMatch(words);
      expect(before).not.toMatch(words);
    },
    30_000,
  );
});

test("including brings back what was left out, as a suspect that is kept", async () => {
  const { facts } = await revised("exclude price");
  expect(facts.features.map(({ source }) => source)).not.toContain("price");
  const again = await revised("exclude price; include price");
  expect(again.facts.features.map(({ source }) => source)).toContain("price");
});

test("the name of the source outlives a change, though its kept copy is called by its hash", async () => {
  expect((await revised("folds 3")).facts.source).toEqual(get(held.start).facts.source);
});

describe("only the steps that read what changed have other inputs", () => {
  const stale = async (comment: string): Promise<readonly Role[]> => {
    const start = get(held.start);
    const input = { prompts: get(held.prompts), plans: PLANS, names: namesOf(start.spec) };
    const before = findReads({ ...input, ...start });
    const after = findReads({ ...input, ...(await revised(comment)) });
    return ROLES.filter((role) => before[role].hash !== after[role].hash);
  };
  test.each<readonly [string, readonly Role[], readonly Role[]]>([
    ["trials 4", ["ml-engineer"], ["data-engineer", "data-scientist", "observability-engineer"]],
    [
      "set experiment.max_days = 99",
      ["data-scientist"],
      ["data-engineer", "ml-engineer", "mlops-engineer"],
    ],
    [
      "paging opsgenie",
      ["observability-engineer"],
      ["data-engineer", "data-scientist", "ml-engineer", "python-pro"],
    ],
    ["exclude channel", ["data-scientist", "ml-engineer"], []],
    [
      "set retention_days.raw = 30",
      ["data-engineer"],
      ["data-scientist", "ml-engineer", "python-pro"],
    ],
  ])(
    "%s: %j, not %j",
    async (comment, touched, spared) => {
      const found = await stale(comment);
      expect(found).toEqual(expect.arrayContaining([...touched]));
      for (const role of spared) expect(found).not.toContain(role);
    },
    60_000,
  );

  test("what a role reads decides its files: equal reads give equal files, whatever else changed", async () => {
    const start = get(held.start);
    const input = { prompts: get(held.prompts), plans: PLANS, names: namesOf(start.spec) };
    const before = findReads({ ...input, ...start });
    for (const comment of ["trials 4", "paging opsgenie", "set slo.drift_h = 12"]) {
      const changed = await revised(comment);
      const after = findReads({ ...input, ...changed });
      const [old, now] = [render(start, ROLES), render(changed, ROLES)];
      const owners = ROLES.filter((role) => before[role].hash === after[role].hash);
      expect(owners.length).toBeGreaterThan(0);
      for (const role of owners) {
        const step = { ...changed, names: namesOf(start.spec), upstream: now, comments: [] };
        const own = renderStep(get(held.prompts), get(held.prompts).briefs[role], step, PLANS);
        for (const path of own.files.keys())
          expect([path, now.get(path)]).toEqual([path, old.get(path)]);
      }
    }
  }, 120_000);
});
