import { join } from "node:path";
import type { CheckReport } from "../checks/run-checks.ts";
import type { RepoFiles } from "../checks/types.ts";
import { snapshotPath } from "../data/snapshot.ts";
import type { RunState } from "../engine/state.ts";
import type { Role } from "../spec/roles.ts";
import { readFacts, readRunInput, readStep } from "./documents.ts";
import { buildRepoTree } from "./repo-tree.ts";
import { keepTrained } from "./trained.ts";
import { type Tree, textsOf, writeTree } from "./tree.ts";
import type { WorkTools } from "./work/performer.ts";

/** Files of a step, handed in or still worked on: an attempt, its manifest and its summary. */
export interface Handed {
  readonly attemptId: string;
  readonly manifestHash: string;
  readonly summaryHash: string;
}

const repoFiles = (tree: Tree): RepoFiles => {
  const texts = textsOf(tree);
  return {
    list: [...tree.keys()].sort(),
    text: (path) => texts.get(path) ?? null,
    bytes: (path) => tree.get(path) ?? null,
  };
};

/** Lays the tree out in `dir` at the first call. */
const layOut = (dir: string, tree: Tree): (() => Promise<string>) => {
  let laid: Promise<string> | null = null;
  return () => {
    laid ??= writeTree(dir, tree).then(() => dir);
    return laid;
  };
};

// Until its checks are green an attempt's manifest is not the step's; the tree must hold it all the same.
const withHanded = (state: RunState, step: string, handed: Handed): RunState => {
  const { attemptId, manifestHash, summaryHash } = handed;
  const known = state.steps[step];
  const attempt = state.attempts[attemptId];
  if (!known || !attempt) return state;
  return {
    ...state,
    steps: { ...state.steps, [step]: { ...known, manifestHash, lastAttemptId: attemptId } },
    attempts: { ...state.attempts, [attemptId]: { ...attempt, manifestHash, summaryHash } },
  };
};

/** The repository as it would be with these files of a step and those of the steps it needs. */
export const treeWith = (
  tools: WorkTools,
  state: RunState,
  step: string,
  handed: Handed,
): Promise<Tree> =>
  buildRepoTree(tools, withHanded(state, step, handed), [
    ...(state.steps[step]?.step.needs ?? []),
    step,
  ]);

/** Runs the checks of a step on the repository as it would be; its files are laid out in the folder `name` of the attempt, which stays. */
export const examineStep = async (
  tools: WorkTools,
  state: RunState,
  step: string,
  handed: Handed,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly report: CheckReport; readonly dir: string; readonly tree: Tree }> => {
  const tree = await treeWith(tools, state, step, handed);
  const dir = join(tools.home.workspace(state.runId, step, handed.attemptId), name);
  const [input, bench, manifest, document] = [
    await readRunInput(tools.blobs, state.specHash),
    await tools.workbench(),
    await tools.store.manifests.get(handed.manifestHash),
    await readStep(tools.blobs, handed.summaryHash),
  ];
  const files = repoFiles(tree);
  const facts = await readFacts(tools.blobs, input.factsHash);
  const progress = (text: string) => tools.progress(state.runId, step, text);
  // The checks and their parsers are loaded by the process that works, not by each that only asks.
  const { runChecks } = await import("../checks/run-checks.ts");
  const report = await runChecks({
    role: step as Role,
    files,
    own: (manifest?.files ?? []).map((file) => file.path).sort(),
    onDisk: layOut(dir, tree),
    facts,
    personalValues: await tools.probes(input, facts),
    spec: input.spec,
    // Found by its hash: a home that was restored elsewhere has other paths than the run was started with.
    snapshot: { path: snapshotPath(tools.home.dir, input.snapshot.sha256) },
    onTrained: (trained) => keepTrained(tools.home.trained(state.runId), trained),
    briefs: tools.prompts.briefs,
    sandbox: bench.sandbox,
    tools: bench.tools,
    python: bench.python,
    venv: (group) =>
      bench.buildVenv({ lock: files.text(`locks/${group}.txt`) ?? "", group, signal, progress }),
    leftOut: document.summary.leftOut,
    progress,
    signal,
    origin: document.summary.writtenBy === "claude" ? "model" : "blueprint",
    consent: tools.config.sandbox.without_isolation,
  });
  return { report, dir, tree };
};
