import type { AttemptInput } from "../agents/specialist.ts";
import type { RunState } from "../engine/state.ts";
import { BugError } from "../lib/errors.ts";
import { packageName } from "../spec/package-name.ts";
import type { Role } from "../spec/roles.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";
import { readFacts, readRunInput } from "./documents.ts";
import { loadTree, mergeTrees, type Tree, textsOf } from "./tree.ts";

/** Names that a pipeline's files use. The package is the pipeline's name as a Python identifier. */
export const namesOf = (spec: PipelineSpec) => ({
  pipeline: spec.pipeline.name,
  pkg: packageName(spec.pipeline.name),
  service: spec.pipeline.name,
});

/** The files of one manifest; empty for none. BugError MANIFEST_MISSING when the store does not know the hash. */
export const loadManifest = async (deps: RuntimeDeps, hash: string | null): Promise<Tree> => {
  if (hash === null) return new Map();
  const row = await deps.store.manifests.get(hash);
  if (row === null) throw new BugError("MANIFEST_MISSING", `expected a manifest ${hash}, got none`);
  return loadTree(deps.blobs, row.files);
};

/** Files of the steps named, the later step winning a path, as they were last submitted. */
export const loadSteps = async (
  deps: RuntimeDeps,
  state: RunState,
  keys: readonly string[],
): Promise<Tree> => {
  const ordered = state.order.filter((key) => keys.includes(key));
  const trees = await Promise.all(
    ordered.map((key) => loadManifest(deps, state.steps[key]?.manifestHash ?? null)),
  );
  return mergeTrees(...trees);
};

/** Comments that a change of the spec took up: their step answers them as done. */
const settledComments = async (deps: RuntimeDeps, state: RunState): Promise<readonly string[]> => {
  const events = await deps.store.events.since(state.runId, 0, 10_000);
  return events.flatMap((event) =>
    event.body.type === "SpecChanged" ? event.body.commentIds : [],
  );
};

/** Everything one attempt reads, gathered from the store: spec, facts, upstream files, open comments, its own last files. */
export const gatherAttempt = async (
  deps: RuntimeDeps,
  state: RunState,
  role: Role,
): Promise<AttemptInput> => {
  const step = state.steps[role];
  if (!step) throw new BugError("STEP_UNKNOWN", `expected a step ${role} in run ${state.runId}`);
  const input = await readRunInput(deps.blobs, state.specHash);
  const facts = await readFacts(deps.blobs, input.factsHash);
  const upstream = await loadSteps(deps, state, step.step.needs);
  const sample = role === "data-engineer" ? await deps.blobs.get(input.sampleHash) : null;
  return {
    role,
    spec: input.spec,
    facts,
    names: namesOf(input.spec),
    upstream: textsOf(upstream),
    comments: step.openComments,
    settled: await settledComments(deps, state),
    previous: await loadManifest(deps, step.manifestHash),
    assets: sample === null ? new Map() : new Map([["data/sample.parquet", sample]]),
  };
};
