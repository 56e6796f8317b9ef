import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CompareTraining } from "../../agents/compare.ts";
import { createCompareTraining, type TrainBothDeps } from "../../agents/train-both.ts";
import type { Finding } from "../../checks/types.ts";
import type { Dataset } from "../../data/dataset.ts";
import { splitHoldout } from "../../data/holdout.ts";
import type { Facts } from "../../spec/facts.ts";
import type { PipelineSpec } from "../../spec/spec.ts";
import { treeWith } from "../examine-step.ts";
import { namesOf } from "../step-inputs.ts";
import { type Tree, textsOf } from "../tree.ts";
import type { WorkTools } from "../work/performer.ts";
import { handIn, type PortScope } from "./ports.ts";

const LEAST_MEMORY_MB = 3072;
/** Files that decide what is learned; a step that owns none of them cannot change the model. */
const LEARNS =
  /^src\/[^/]+\/(?:train|models|problem|crossval|predict|tune|features|split|config)\.py$|^conf\/(?:model|base)\.yaml$/;

/** What one comparison is made on. */
export interface TrainingScope extends PortScope {
  readonly dataset: Dataset;
  readonly facts: Facts;
  readonly spec: PipelineSpec;
}

const notCompared = (why: string): readonly Finding[] => [
  {
    rule: "worse-than-draft",
    severity: "warn",
    file: null,
    line: null,
    message: `the hold-out was NOT COMPARED with the draft: ${why}`,
  },
];

const fieldsOf = (facts: Facts, names: readonly string[]): readonly string[] =>
  facts.profile.columns.filter(({ name }) => names.includes(name)).map(({ field }) => field);

const holdoutOf = ({ dataset, facts, spec }: TrainingScope) =>
  splitHoldout(dataset, {
    split: facts.split,
    time: facts.time.field,
    entity: fieldsOf(facts, facts.keys.entity),
    target: facts.target.field,
    personal: facts.groups.personal.map(({ column }) => column),
    seed: spec.pipeline.seed,
  });

type Bench = Pick<TrainBothDeps, "sandbox" | "make" | "python" | "readOnly">;

/** Everything a training needs on this machine, or why there is none. */
const findBench = async (
  tools: WorkTools,
  scope: TrainingScope,
  tree: Tree,
  signal: AbortSignal,
): Promise<Bench | string> => {
  const { buildVenv, python, sandbox, tools: programs } = await tools.workbench();
  if (sandbox.probe.kind === "none")
    return "no isolation: code that a model wrote never runs without";
  if (!python.ok) return python.why;
  const make = await programs.find("make");
  if (make === null) return "make is not installed";
  const progress = (text: string) => tools.progress(scope.state.runId, scope.step, text);
  const lock = textsOf(tree).get("locks/core.txt") ?? "";
  const venv = await buildVenv({ lock, group: "core", signal, progress });
  if (!venv.ok) return venv.why;
  return {
    sandbox,
    make: make.path,
    python: venv.python,
    readOnly: [python.prefix, venv.dir, ...make.readOnly],
  };
};

/**
 * Compares what a step hands in with its draft by training both; null where the step's files do not decide what is learned, or the
 * repository cannot train yet because a later specialist writes the training.
 */
export const createTraining = async (
  tools: WorkTools,
  scope: TrainingScope,
  draft: Tree,
): Promise<CompareTraining | null> => {
  const pkg = namesOf(scope.spec).pkg;
  if (![...draft.keys()].some((path) => LEARNS.test(path))) return null;
  const layOut = async (files: Tree) =>
    treeWith(tools, scope.state, scope.step, await handIn(tools, scope, files));
  const tree = await layOut(draft);
  if (!tree.has(`src/${pkg}/train.py`) || !tree.has(`src/${pkg}/predict.py`)) return null;
  let compare: CompareTraining | null = null;
  return async (before, now, signal) => {
    if (compare === null) {
      const bench = await findBench(tools, scope, tree, signal);
      if (typeof bench === "string") return notCompared(bench);
      compare = createCompareTraining({
        ...bench,
        pkg,
        layOut,
        withFolder: async (use) => {
          const dir = await mkdtemp(join(tools.home.tmp, "train-"));
          try {
            return await use(dir);
          } finally {
            await rm(dir, { recursive: true, force: true });
          }
        },
        holdout: () => holdoutOf(scope),
        facts: scope.facts,
        margin: scope.spec.metric.margin,
        minutes: scope.spec.training.minutes,
        memoryMb: Math.max(LEAST_MEMORY_MB, scope.facts.sizing.trainMemoryMb * 2),
        seed: scope.spec.pipeline.seed,
      });
    }
    return compare(before, now, signal);
  };
};
