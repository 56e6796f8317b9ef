import { isAbsolute, join, resolve } from "node:path";
import type { Actor } from "../../engine/command.ts";
import type { RunRow } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import type { DispatchCommand } from "../dispatch.ts";
import type { RetrainedRun } from "../retrain-run.ts";
import { monitorActor } from "./check.ts";
import type { WatchDeps } from "./deps.ts";
import type { DispatchIncident } from "./incidents.ts";
import { readRegistry } from "./registry.ts";

/** The actor of what an approved release does by itself. */
export const RELEASES = monitorActor("releases");

export interface ReleaseDeps extends WatchDeps, Pick<RuntimeDeps, "home" | "config"> {
  readonly dispatch: DispatchCommand;
  readonly dispatchIncident: DispatchIncident;
  readonly repositoryDir: (runId: string) => Promise<string>;
  readonly retrainRun: (
    before: Awaited<ReturnType<RuntimeDeps["store"]["runs"]["state"]>>,
    approvalId: string,
    actor: Actor,
  ) => Promise<RetrainedRun>;
}

/** The newest completed run of a pipeline: the one that made what is served. Null: nothing of it was ever completed. */
export const servedRun = async (
  { store }: Pick<RuntimeDeps, "store">,
  pipeline: string,
): Promise<RunRow | null> => {
  const found = await store.pipelines.find(pipeline);
  if (found === null) return null;
  const page = await store.runs.search({ pipelineId: found.id, status: ["completed"], limit: 1 });
  return page.items[0] ?? null;
};

/** Where the registry lies: as the home states it, else in the repository, else what training made inside the run. */
const registryFolders = async (deps: ReleaseDeps, pipeline: string): Promise<readonly string[]> => {
  const stated = deps.config.serving[pipeline]?.registry;
  if (stated !== undefined) return [isAbsolute(stated) ? stated : resolve(deps.home.dir, stated)];
  const run = await servedRun(deps, pipeline);
  if (run === null) return [];
  return [
    join(await deps.repositoryDir(run.runId), "models"),
    join(deps.home.trained(run.runId), "models"),
  ];
};

export const registryOf = async (deps: ReleaseDeps, pipeline: string): Promise<string | null> => {
  for (const folder of await registryFolders(deps, pipeline))
    if ((await readRegistry(folder)) !== null) return folder;
  return null;
};
