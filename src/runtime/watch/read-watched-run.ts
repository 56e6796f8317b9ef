import type { RuntimeDeps } from "../deps.ts";
import type { Runtime } from "../runtime.ts";
import type { ReadWatchedRun } from "./start-watch.ts";

const MONITORS = "monitoring/monitors.yaml";

/** Reads what the watch needs of a run from its files and its repository. */
export const createReadWatchedRun =
  (
    deps: Pick<RuntimeDeps, "store" | "home">,
    runtime: Pick<Runtime, "file" | "repositoryDir">,
  ): ReadWatchedRun =>
  async (runId) => {
    const state = await deps.store.runs.state(runId);
    const pipeline = await deps.store.pipelines.find(state.pipelineId);
    return {
      pipeline: pipeline?.name ?? state.pipelineId,
      monitors: (await runtime.file(runId, MONITORS))?.text ?? null,
      directory: await runtime.repositoryDir(runId),
      trained: deps.home.trained(runId),
    };
  };
