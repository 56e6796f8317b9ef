import type { RunState } from "../engine/state.ts";
import type { Facts } from "../spec/facts.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { RuntimeDeps } from "./deps.ts";
import { readChecks, readFacts, readRunInput } from "./documents.ts";
import { type TrainingResult, trainingResult } from "./training.ts";

/** What a run was made from and what came of it, to be set beside another. `training` null: phase 2 has no checks yet. */
export interface RunFacts {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
  readonly snapshot: string;
  readonly training: TrainingResult | null;
}

/** Reads what the newest checks of phase 2 found, from the blobs that the log names. */
export const readRunFacts = async (deps: RuntimeDeps, state: RunState): Promise<RunFacts> => {
  const input = await readRunInput(deps.blobs, state.specHash);
  const events = await deps.store.events.since(state.runId, 0, 10_000);
  const hashes = new Map<string, string>();
  for (const { body } of events) {
    if (body.type === "StepChecked" && state.steps[body.step]?.step.phase === 2)
      hashes.set(body.step, body.findingsHash);
  }
  const checks = await Promise.all(
    [...hashes.values()].map((hash) => readChecks(deps.blobs, hash)),
  );
  const evidence = Object.assign({}, ...checks.map((document) => document.evidence));
  return {
    spec: input.spec,
    facts: await readFacts(deps.blobs, input.factsHash),
    snapshot: input.snapshot.sha256,
    training: hashes.size > 0 ? trainingResult(evidence) : null,
  };
};
