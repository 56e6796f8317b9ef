import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { AGENT_TOOLS } from "../../src/agents/tools/catalog.ts";
import type { ToolAnswer, ToolContext, Workspace } from "../../src/agents/tools/tool.ts";
import { createVeil } from "../../src/agents/veil.ts";
import { parseBrief } from "../../src/spec/brief.ts";
import { Facts } from "../../src/spec/facts.ts";
import { PipelineSpec } from "../../src/spec/spec.ts";

const root = join(import.meta.dirname, "..", "..");

export const birdstrikesFacts = (): Facts =>
  Facts.parse(JSON.parse(readFileSync(join(root, "test/support/birdstrikes-facts.json"), "utf8")));

export const birdstrikesSpec = (): PipelineSpec =>
  PipelineSpec.parse({
    pipeline: { name: "birdstrikes", goal: "Predict which wildlife strikes damage the aircraft" },
    dataset: { uri: "birdstrikes.csv" },
    target: { column: "Effect Amount of damage", positive: "!None" },
  });

export const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");
export const tree = (files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(files).map(([path, text]) => [path, bytes(text)]));

/** A workspace in memory that starts from a draft. */
export const workspaceOf = (
  draft: ReadonlyMap<string, Uint8Array>,
  upstream: ReadonlyMap<string, Uint8Array> = new Map(),
  previous: ReadonlyMap<string, Uint8Array> = new Map(),
): Workspace => {
  const files = new Map(draft);
  return {
    draft,
    previous,
    upstream,
    files: () => files,
    write: (path, content) => void files.set(path, content),
    remove: (path) => void files.delete(path),
  };
};

/** A context of an ml-engineer whose ports refuse; a test gives what it needs. */
export const toolContext = (given: Partial<ToolContext> = {}): ToolContext => ({
  role: "ml-engineer",
  brief: parseBrief(readFileSync(join(root, "prompts/ml-engineer/brief.md"), "utf8"), "brief.md"),
  spec: birdstrikesSpec(),
  facts: birdstrikesFacts(),
  workspace: workspaceOf(
    tree({
      "src/birdstrikes/train.py": "import json\n\n\ndef train():\n    return 1\n",
      "src/birdstrikes/models.py": "FAMILIES = ['linear']\n",
      "docs/model-card.md": "# Model card\n",
      "tracking/mlflow.py": "TRACKER = 'mlflow'\n",
    }),
    tree({
      "conf/data.yaml": "rules: []\n",
      "tests/data/test_data_rules.py": "def test_rule():\n    assert 1\n",
    }),
  ),
  comments: [],
  level: "aggregates",
  data: { query: async () => ({ kind: "refused", why: "no data here" }) },
  checks: { run: async () => ({ green: true, results: [], findings: [] }) },
  make: { targets: ["test", "train"], run: async () => ({ kind: "not_run", why: "no python" }) },
  knowledge: { names: ["calibration"], read: async () => "Isotonic needs rows.\n" },
  veil: createVeil({ personal: [], withheld: [], secret: "secret" }),
  secret: "secret",
  toolUseId: "toolu_1",
  signal: new AbortController().signal,
  ...given,
});

/** Calls a tool as the loop does: by name, its input parsed first; a wrong input is an error answer. */
export const callTool = async (
  name: string,
  input: unknown,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const tool = AGENT_TOOLS.find((one) => one.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  const parsed: z.ZodSafeParseResult<Record<string, unknown>> = tool.input.safeParse(input);
  if (!parsed.success) return { text: parsed.error.message, isError: true, cells: 0 };
  return tool.run(parsed.data, context);
};
