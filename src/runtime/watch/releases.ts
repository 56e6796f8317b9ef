import type { Actor } from "../../engine/command.ts";
import { UserInputError } from "../../lib/errors.ts";
import type { RunRow } from "../../store/rows.ts";
import type { RuntimeDeps } from "../deps.ts";
import type { DispatchCommand } from "../dispatch.ts";
import type { IncidentView } from "./views.ts";

export type ReleaseAction = "promote" | "rollback" | "retrain";

/** A release that was put before people. */
export interface AskedRelease {
  readonly action: ReleaseAction;
  readonly runId: string;
  readonly approvalId: string;
}

type Deps = Pick<RuntimeDeps, "store">;

/** The newest completed run of a pipeline: the one that made what is served. Null: nothing of it was ever completed. */
export const servedRun = async ({ store }: Deps, pipeline: string): Promise<RunRow | null> => {
  const found = await store.pipelines.find(pipeline);
  if (found === null) return null;
  const page = await store.runs.search({ pipelineId: found.id, status: ["completed"], limit: 1 });
  return page.items[0] ?? null;
};

const mustBeServed = async (deps: Deps, pipeline: string): Promise<RunRow> => {
  const run = await servedRun(deps, pipeline);
  if (run !== null) return run;
  throw new UserInputError("NOT_BUILT_HERE", `no run of ${pipeline} was completed here`, {
    next: "retrain or roll back where the model was built, then resolve the incident",
  });
};

/** Opens the release approval; the manifest that it signs is that of the run's last phase. */
export const requestRelease = async (
  deps: Deps,
  dispatch: DispatchCommand,
  ask: {
    readonly pipeline: string;
    readonly action: ReleaseAction;
    readonly ref: string;
    readonly actor: Actor;
    readonly key: string;
  },
): Promise<AskedRelease> => {
  const { action, actor, key, pipeline, ref } = ask;
  const run = await mustBeServed(deps, pipeline);
  const state = await deps.store.runs.state(run.runId);
  const manifestHash = state.phases[4].manifestHash ?? state.phases[2].manifestHash;
  if (manifestHash === null)
    throw new UserInputError("NOT_READY", `${run.name} has nothing that could be released`);
  const done = await dispatch({
    key: `${key}/release`,
    runId: run.runId,
    actor,
    body: { type: "RequestRelease", action, ref, manifestHash },
  });
  if (!done.ok)
    throw new UserInputError(done.rejection.code, done.rejection.message, {
      ...(done.rejection.valid.length > 0 ? { next: done.rejection.valid.join(", ") } : {}),
    });
  return { action, runId: run.runId, approvalId: done.ids[0] ?? "" };
};

/** What operations ask for. */
export interface Releases {
  readonly askForIncident: (
    incident: IncidentView,
    action: "retrain" | "rollback",
    note: string,
    actor: Actor,
    key: string,
  ) => Promise<AskedRelease & { readonly action: "retrain" | "rollback" }>;
}

export const createReleases = (deps: Deps, dispatch: DispatchCommand): Releases => ({
  askForIncident: async (incident, action, _note, actor, key) => {
    const ask = { pipeline: incident.pipeline, ref: incident.id, action, actor, key };
    return { ...(await requestRelease(deps, dispatch, ask)), action };
  },
});
