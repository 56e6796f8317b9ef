import type { Actor } from "../engine/command.ts";
import type { RunState } from "../engine/state.ts";
import { UserInputError } from "../lib/errors.ts";
import type { Facts } from "../spec/facts.ts";
import { PipelineSpec } from "../spec/spec.ts";
import { retrainSetting } from "./carried-in.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { DispatchCommand } from "./dispatch.ts";
import { readFacts, readRunInput } from "./documents.ts";
import { playbookOf } from "./playbook.ts";
import { budgetOf, type Measuring, storeRunInput } from "./start-run.ts";

interface Inputs {
  readonly spec: PipelineSpec;
  readonly facts: Facts;
}

const PARTS: { readonly [name: string]: (inputs: Inputs) => unknown } = {
  schema: ({ facts }) => facts.profile.columns.map(({ field, type }) => [field, type]),
  features: ({ facts }) => facts.features.map(({ name, source }) => [name, source]),
  split: ({ facts, spec }) => [facts.split.kind, spec.training.split, spec.training.holdout],
  metric: ({ facts, spec }) => [facts.baseline.metric, spec.metric.primary],
  thresholds: ({ spec }) => [spec.metric.threshold, spec.metric.margin, spec.metric.error_costs],
};

/** What of phase 1 differs from the run before: of schema, features, split, metric and thresholds. */
export const differencesOf = (before: Inputs, now: Inputs): readonly string[] =>
  Object.entries(PARTS)
    .filter(([, part]) => JSON.stringify(part(before)) !== JSON.stringify(part(now)))
    .map(([name]) => name);

export interface RetrainedRun {
  readonly runId: string;
  readonly name: string;
  /** Why phase 1 asks people all the same; empty: it passes under the release. */
  readonly differs: readonly string[];
}

/**
 * A new run from phase 1 on a new snapshot of the same sources, under an approved release. UserInputError of data that cannot be used
 * any more, or with the engine's code. The same approval starts one run.
 */
export const createRetrainRun =
  (deps: RuntimeDeps, measuring: Measuring, dispatch: DispatchCommand) =>
  async (before: RunState, approvalId: string, actor: Actor): Promise<RetrainedRun> => {
    const input = await readRunInput(deps.blobs, before.specHash);
    const facts = await readFacts(deps.blobs, input.factsHash);
    const pipeline = await deps.store.pipelines.find(before.pipelineId);
    const spec = PipelineSpec.parse(pipeline?.spec ?? input.spec);
    const key = `retrain/${approvalId}`;
    const known = await deps.store.keys.get(key);
    const runId = known?.runId ?? deps.newId();
    if (known === null) {
      const measured = await measuring.measure(spec);
      const specHash = await storeRunInput(deps, spec, measured);
      const differs = differencesOf({ spec: input.spec, facts }, { spec, facts: measured.facts });
      const started = await dispatch({
        key,
        runId,
        actor,
        body: {
          type: "StartRun",
          pipelineId: before.pipelineId,
          specHash,
          playbook: [...playbookOf(deps.prompts)],
          policyVersion: deps.version,
          budget: budgetOf(deps.config, undefined),
          retrain: { runId: before.runId, approvalId },
        },
        also: {
          settings: [
            { key: retrainSetting(runId), value: { spec_hash: specHash, differs: [...differs] } },
          ],
        },
      });
      if (!started.ok)
        throw new UserInputError(started.rejection.code, started.rejection.message, {
          next: started.rejection.valid.join(", "),
        });
    }
    const run = await deps.store.runs.find(runId);
    const kept = (await deps.store.settings.get(retrainSetting(runId))) as {
      readonly differs?: readonly string[];
    } | null;
    const name = run !== null && !("candidates" in run) ? run.name : runId;
    return { runId, name, differs: kept?.differs ?? [] };
  };
