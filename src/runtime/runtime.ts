import type { Actor } from "../engine/command.ts";
import { createPlanSpec, type PlanSpec } from "./change-spec.ts";
import { createReadContext } from "./context.ts";
import type { RuntimeDeps } from "./deps.ts";
import { createDispatch, type DispatchCommand } from "./dispatch.ts";
import { readReadsSync } from "./documents.ts";
import { createFeed, type RunFeed } from "./feed.ts";
import { listFiles, type RunFile, readFile } from "./files.ts";
import { createForkRun, type ForkedRun } from "./fork-run.ts";
import { type Handoff, readHandoff } from "./handoff.ts";
import { type HandoffFiles, makeHandoffFiles } from "./handoff-files.ts";
import { createInputHashes } from "./playbook.ts";
import { createRetrainRun } from "./retrain-run.ts";
import { type RunFacts, readRunFacts } from "./run-facts.ts";
import { createSettleCall } from "./settle-call.ts";
import { isSlackOn } from "./slack-on.ts";
import { createStartRun, type Measuring, type StartedRun, type StartRequest } from "./start-run.ts";
import { observePhase } from "./work/observe.ts";
import { repositoryOf } from "./work/repo.ts";
import { createWorker, type Worker } from "./worker.ts";
import { createWorkspace, type WorkspaceApi } from "./workspace/workspace.ts";

/** Told what a specialist is doing while it does it; nothing of it is kept. */
export type OnProgress = (runId: string, step: string | null, text: string) => void;

/** The shell round the engine. Commands may be given by any process; only the holder of the worker role makes a worker. */
export interface Runtime {
  readonly dispatch: DispatchCommand;
  readonly startRun: (request: StartRequest, actor: Actor, key: string) => Promise<StartedRun>;
  /** A new run of a completed one, from a phase on. */
  readonly forkRun: (
    runId: string,
    fromPhase: 1 | 2 | 3 | 4,
    actor: Actor,
    key: string,
  ) => Promise<ForkedRun>;
  /** A new run on a new snapshot, under an approved release. */
  readonly retrainRun: ReturnType<typeof createRetrainRun>;
  readonly planSpec: PlanSpec;
  readonly handoff: (runId: string, approvalId: string) => Promise<Handoff | null>;
  readonly handoffFiles: (runId: string, approvalId: string) => Promise<HandoffFiles | null>;
  readonly observe: (runId: string, phase: 1 | 2 | 3 | 4) => Promise<string>;
  readonly files: (runId: string, phase?: number) => Promise<readonly RunFile[]>;
  readonly file: (
    runId: string,
    path: string,
  ) => Promise<{ readonly text: string; readonly sha256: string } | null>;
  readonly runFacts: (runId: string) => Promise<RunFacts>;
  readonly workspace: WorkspaceApi;
  /** Whether this home has a bot, whatever this process was started with. */
  readonly slackOn: () => Promise<boolean>;
  readonly feed: RunFeed;
  readonly repositoryDir: (runId: string) => Promise<string>;
  /** Makes the reconciler of this process. `worker` is unique per process; `stop` aborts what is in flight. */
  readonly createWorker: (worker: string, onProgress: OnProgress, stop: AbortSignal) => Worker;
}

/** Makes the runtime. It holds nothing that a crash could lose. */
export const createRuntime = (deps: RuntimeDeps, measuring: Measuring): Runtime => {
  const inputHashes = createInputHashes(deps.prompts, (hash) => readReadsSync(deps.blobs, hash));
  const workers = new Set<Worker>();
  const feed = createFeed(deps.store.events, deps.clock.monotonicMs);
  const wake = () => {
    feed.wake();
    for (const worker of workers) worker.wake();
  };
  const dispatch = createDispatch(deps, createReadContext(deps, inputHashes), wake);
  const state = (runId: string) => deps.store.runs.state(runId);
  return {
    dispatch,
    startRun: createStartRun(deps, measuring, dispatch),
    forkRun: createForkRun(deps, dispatch),
    retrainRun: createRetrainRun(deps, measuring, dispatch),
    planSpec: createPlanSpec(deps, measuring, dispatch),
    handoff: async (runId, approvalId) => readHandoff(deps, await state(runId), approvalId),
    handoffFiles: async (runId, approvalId) =>
      makeHandoffFiles(deps, await state(runId), approvalId),
    observe: async (runId, phase) => observePhase(deps, await state(runId), phase),
    files: async (runId, phase) => listFiles(deps, await state(runId), phase),
    file: async (runId, path) => readFile(deps, await state(runId), path),
    runFacts: async (runId) => readRunFacts(deps, await state(runId)),
    workspace: createWorkspace(deps),
    feed,
    slackOn: () => isSlackOn(deps),
    repositoryDir: async (runId) => (await repositoryOf(deps, await state(runId))).dir,
    createWorker: (name, onProgress, stop) => {
      const worker = createWorker(
        {
          ...deps,
          dispatch,
          worker: name,
          progress: onProgress,
          probes: measuring.probes,
          openData: measuring.reopen,
          settleCall: createSettleCall(deps, dispatch, name),
        },
        stop,
      );
      workers.add(worker);
      stop.addEventListener("abort", () => workers.delete(worker), { once: true });
      return worker;
    },
  };
};
