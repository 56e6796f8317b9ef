import type { Actor, BodyOf } from "../engine/command.ts";
import type { RunState, StepState } from "../engine/state.ts";
import { BugError, UserInputError } from "../lib/errors.ts";
import type { RuntimeDeps } from "./deps.ts";
import type { DispatchCommand } from "./dispatch.ts";
import { playbookOf } from "./playbook.ts";
import { budgetOf } from "./start-run.ts";
import { layTrained } from "./trained.ts";

type Inherited = NonNullable<BodyOf<"StartRun">["inherit"]>[number];
type PhaseNo = 1 | 2 | 3 | 4;

export interface ForkedRun {
  readonly runId: string;
  readonly name: string;
  readonly seq: number;
}

/** What the log of the parent says about the work that a step was accepted with. BugError FORK_INCOMPLETE where it says nothing. */
const inheritedOf = async (
  deps: RuntimeDeps,
  parent: RunState,
  steps: readonly StepState[],
): Promise<readonly Inherited[]> => {
  const events = await deps.store.events.since(parent.runId, 0, 10_000);
  return steps.map(({ acceptedHash, baseHash, step }) => {
    const submitted = events.findLast(
      ({ body }) =>
        body.type === "AttemptSubmitted" &&
        body.manifestHash === acceptedHash &&
        parent.attempts[body.attemptId]?.step === step.key,
    )?.body;
    const checked = events.findLast(
      ({ body }) =>
        body.type === "StepChecked" &&
        body.step === step.key &&
        submitted?.type === "AttemptSubmitted" &&
        body.attemptId === submitted.attemptId,
    )?.body;
    if (submitted?.type !== "AttemptSubmitted" || checked?.type !== "StepChecked")
      throw new BugError("FORK_INCOMPLETE", `the log of ${parent.runId} lacks work of ${step.key}`);
    const { counts, findingsHash, levels } = checked;
    const { bytes, files, manifestHash, summaryHash } = submitted;
    return {
      step: step.key,
      attemptId: deps.newId(),
      base: baseHash ?? "",
      manifestHash,
      files,
      bytes,
      summaryHash,
      findingsHash,
      counts,
      levels,
    };
  });
};

const known = async (deps: RuntimeDeps, key: string): Promise<ForkedRun | null> => {
  const row = await deps.store.keys.get(key);
  return row === null ? null : named(deps, row.runId, row.headSeq);
};

const named = async (deps: RuntimeDeps, runId: string, seq: number): Promise<ForkedRun> => {
  const run = await deps.store.runs.find(runId);
  if (run !== null && !("candidates" in run)) return { runId, name: run.name, seq };
  throw new BugError("RUN_LOST", `run ${runId} was started and is not there`);
};

/**
 * Makes a new run of a completed one from a phase on: it shares the parent's blobs, keeps the accepted steps before the cut under
 * the approvals they got there, and has a budget of its own. The parent is only read. UserInputError with the engine's code.
 */
export const createForkRun =
  (deps: RuntimeDeps, dispatch: DispatchCommand) =>
  async (parentId: string, fromPhase: PhaseNo, actor: Actor, key: string): Promise<ForkedRun> => {
    const before = await known(deps, key);
    if (before) return before;
    const parent = await deps.store.runs.state(parentId);
    const kept = parent.order
      .flatMap((step) => parent.steps[step] ?? [])
      .filter(({ step }) => step.phase < fromPhase);
    const inherit = await inheritedOf(deps, parent, kept);
    const runId = deps.newId();
    // What was trained lies beside the log; a fork after phase 2 serves the same model.
    if (fromPhase > 2) await layTrained(deps.home.trained(parentId), deps.home.trained(runId));
    const started = await dispatch({
      key,
      runId,
      actor,
      body: {
        type: "StartRun",
        pipelineId: parent.pipelineId,
        specHash: parent.specHash,
        playbook: [...playbookOf(deps.prompts)],
        policyVersion: deps.version,
        budget: budgetOf(deps.config, undefined),
        fork: { runId: parentId, seq: parent.seq },
        inherit: [...inherit],
      },
    });
    if (started.ok) return named(deps, runId, started.seq);
    const { code, message, valid } = started.rejection;
    throw new UserInputError(code, message, { next: valid.join(", ") });
  };
