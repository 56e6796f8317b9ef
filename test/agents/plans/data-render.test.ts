import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Prompts, readPrompts } from "../../../src/agents/blueprint.ts";
import { PLANS } from "../../../src/agents/plans/catalog.ts";
import { renderStep } from "../../../src/agents/render.ts";
import type { Facts } from "../../../src/spec/facts.ts";
import { matchesGlob } from "../../../src/spec/glob.ts";
import type { PipelineSpecInput } from "../../../src/spec/spec.ts";
import { birdstrikes, draftInput, timeless } from "./data-plans.ts";

const HOSTILE = `a"b'); DROP TABLE x;-- <%= 1 %> {{ y }} \${z} # |`;
const roles = ["data-engineer", "data-scientist"] as const;
type DataRole = (typeof roles)[number];

const read: { prompts?: Prompts } = {};
beforeAll(async () => {
  read.prompts = await readPrompts("prompts");
});
const prompts = (): Prompts => {
  if (!read.prompts) throw new Error("not read");
  return read.prompts;
};
const render = (
  role: DataRole,
  facts: Partial<Facts> = {},
  spec: Partial<PipelineSpecInput> = {},
): ReadonlyMap<string, string> =>
  renderStep(prompts(), prompts().briefs[role], draftInput(facts, spec), PLANS).files;
const changed = (role: DataRole, facts: Partial<Facts>, spec: Partial<PipelineSpecInput> = {}) => {
  const [before, after] = [render(role), render(role, facts, spec)];
  return [...after.keys()].filter((path) => before.get(path) !== after.get(path)).sort();
};

describe.each(roles)("%s", (role) => {
  test("every deliverable has files and every file belongs to one deliverable", () => {
    const { deliverables } = prompts().briefs[role];
    const files = [...render(role).keys()];
    for (const path of files) {
      const owners = deliverables.filter((entry) =>
        entry.files.some((pattern) => matchesGlob(pattern, path)),
      );
      expect([path, owners.map((entry) => entry.id)]).toEqual([path, [expect.any(String)]]);
    }
    for (const entry of deliverables)
      expect(files.some((path) => entry.files.some((p) => matchesGlob(p, path)))).toBe(true);
  });

  test("names and labels from the data reach no Python file but as an escaped literal", () => {
    const columns = birdstrikes.profile.columns.map((column, at) =>
      at === 0 ? { ...column, name: HOSTILE } : column,
    );
    const profile = { ...birdstrikes.profile, columns };
    const python = [...render(role, { profile })].filter(([path]) => path.endsWith(".py"));
    expect(python.some(([, text]) => text.includes(HOSTILE))).toBe(false);
    const quoted = JSON.stringify(HOSTILE);
    expect(python.filter(([, text]) => text.includes("DROP TABLE")).map(([path]) => path)).toEqual(
      role === "data-engineer" ? ["src/strikes/contracts.py"] : [],
    );
    for (const [, text] of python.filter(([, code]) => code.includes("DROP TABLE")))
      expect(text.replaceAll(quoted, "")).not.toContain("DROP TABLE");
  });

  test("without time the files that speak of it change and nothing renders to an empty file", () => {
    for (const [path, text] of render(role, timeless)) {
      expect([path, text.trim()]).not.toEqual([path, ""]);
      if (path.endsWith(".py")) continue;
      expect([path, /\bundefined\b|\bNaN\b|\[object Object\]/.test(text)]).toEqual([path, false]);
    }
  });

  test("configuration parses and holds the names exactly", () => {
    const path = role === "data-engineer" ? "conf/data.yaml" : "conf/model.yaml";
    const conf = parse(render(role).get(path) ?? "") as { target: { column: string } };
    expect(conf.target.column).toBe(birdstrikes.target.column);
  });
});

describe("a changed spec or fact changes exactly what says so", () => {
  test("an excluded feature", () => {
    const gone = birdstrikes.features.at(-1);
    const facts = {
      features: birdstrikes.features.slice(0, -1),
      excluded: [
        ...birdstrikes.excluded,
        { column: "Speed IAS in knots", field: "speed_ias_in_knots", reason: "by comment" },
      ],
    };
    expect(gone?.source).toBe("speed_ias_in_knots");
    expect(changed("data-scientist", facts)).toEqual([
      "conf/model.yaml",
      "docs/model-requirements.md",
    ]);
    expect(changed("data-engineer", facts)).toEqual([
      "conf/data.yaml",
      "docs/data-card.md",
      "docs/lineage.md",
      "docs/storage.md",
      "expectations/suite.json",
      "src/strikes/contracts.py",
    ]);
  });

  test("another experiment", () => {
    const spec = { experiment: { max_days: 300 } };
    expect(changed("data-scientist", {}, spec)).toEqual(["conf/model.yaml", "docs/experiment.md"]);
    expect(changed("data-engineer", {}, spec)).toEqual([]);
  });

  test("other days to keep", () => {
    const spec = { retention_days: { raw: 30 } };
    expect(changed("data-scientist", {}, spec)).toEqual([]);
    expect(changed("data-engineer", {}, spec)).toEqual([
      "conf/data.yaml",
      "cost/storage.yaml",
      "docs/storage.md",
    ]);
  });

  test("rows alone never change a Python module of the data scientist", () => {
    const facts = { profile: { ...birdstrikes.profile, rows: 20_000 } };
    expect(changed("data-scientist", facts).filter((path) => path.endsWith(".py"))).toEqual([]);
  });
});

test("without Great Expectations no suite is written", () => {
  const files = render("data-engineer", {}, { choices: { schema_validation: "pydantic" } });
  expect([...files.keys()].filter((path) => path.startsWith("expectations/"))).toEqual([]);
});
