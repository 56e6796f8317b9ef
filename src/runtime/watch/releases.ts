import type { Actor } from "../../engine/command.ts";
import { messageOf, UserInputError } from "../../lib/errors.ts";
import type { RunRow } from "../../store/rows.ts";
import { performRelease } from "./perform-release.ts";
import { readRegistry } from "./registry.ts";
import { RELEASES, type ReleaseDeps, registryOf, servedRun } from "./release-deps.ts";
import type { IncidentView } from "./views.ts";

export type ReleaseAction = "promote" | "rollback" | "retrain";

/** A release that was put before people. */
export interface AskedRelease {
  readonly action: ReleaseAction;
  readonly runId: string;
  readonly approvalId: string;
}

/** One version of a model, as the registry of its pipeline has it. */
export interface ModelVersion {
  readonly pipeline: string;
  readonly version: string;
  readonly aliases: readonly string[];
  readonly stage: string;
  readonly metric: number | null;
  readonly modelHash: string;
  readonly accepted: boolean;
}

const mustBeServed = async (deps: ReleaseDeps, pipeline: string): Promise<RunRow> => {
  const run = await servedRun(deps, pipeline);
  if (run !== null) return run;
  throw new UserInputError("NOT_BUILT_HERE", `no run of ${pipeline} was completed here`, {
    next: "retrain or roll back where the model was built, then resolve the incident",
  });
};

interface Ask {
  readonly pipeline: string;
  readonly action: ReleaseAction;
  readonly ref: string;
  readonly actor: Actor;
  readonly key: string;
}

/** Opens the release approval; the manifest that it signs is that of the run's last phase. */
const requestRelease = async (deps: ReleaseDeps, ask: Ask): Promise<AskedRelease> => {
  const { action, actor, key, pipeline, ref } = ask;
  const run = await mustBeServed(deps, pipeline);
  const { phases } = await deps.store.runs.state(run.runId);
  const manifestHash = phases[4].manifestHash ?? phases[2].manifestHash;
  if (manifestHash === null)
    throw new UserInputError("NOT_READY", `${run.name} has nothing that could be released`);
  const done = await deps.dispatch({
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

const versionsOf = async (
  deps: ReleaseDeps,
  pipeline: string,
): Promise<readonly ModelVersion[]> => {
  const folder = await registryOf(deps, pipeline);
  const registry = folder === null ? null : await readRegistry(folder);
  if (registry === null) return [];
  return Object.entries(registry.versions)
    .map(([version, entry]) => ({
      pipeline,
      version,
      aliases: Object.entries(registry.aliases)
        .filter(([, held]) => held === version)
        .map(([alias]) => alias),
      stage: entry.stage,
      metric: entry.metric,
      modelHash: entry.model_hash,
      accepted: entry.accepted,
    }))
    .sort((a, b) => Number(b.version) - Number(a.version));
};

const DAY_MS = 86_400_000;
const OPEN = ["firing", "acked", "snoozed"] as const;

interface RetrainRules {
  readonly mode?: string;
  readonly lasting_windows?: number;
  readonly cooldown_days?: number;
}

/** Opens a retraining by itself where a Monitor says `retrain.mode: start` and its drift lasts; at most once per cooldown. */
const startRetraining = async (deps: ReleaseDeps, nowMs: number): Promise<number> => {
  let asked = 0;
  const open = await deps.store.watch.incidents({ states: OPEN });
  for (const incident of open.filter((one) => one.cause === "drift")) {
    const monitors = await deps.store.watch.monitors({ pipeline: incident.pipeline });
    const rules = monitors
      .map((one) => (one.spec as { readonly retrain?: RetrainRules } | null)?.retrain)
      .find((one) => one?.mode === "start");
    const { times } = incident.body as unknown as { readonly times: number };
    if (rules === undefined || times < (rules.lasting_windows ?? 3)) continue;
    const run = await servedRun(deps, incident.pipeline);
    if (run === null) continue;
    const status = ["open", "escalated", "approved", "rejected", "expired", "voided"] as const;
    const before = (await deps.store.approvals.list({ runId: run.runId, status })).filter(
      (one) => one.ask?.kind === "release" && one.ask.action === "retrain",
    );
    const since = nowMs - (rules.cooldown_days ?? 7) * DAY_MS;
    if (before.some((one) => one.createdAt > since)) continue;
    const key = `auto-retrain/${incident.id}/${Math.floor(nowMs / DAY_MS)}`;
    const ask = { pipeline: incident.pipeline, action: "retrain" as const, ref: incident.id };
    const release = await requestRelease(deps, { ...ask, actor: RELEASES, key });
    await deps.dispatchIncident({
      key: `${key}/incident`,
      incidentId: incident.id,
      actor: RELEASES,
      command: { type: "release", ...release, action: "retrain" },
    });
    asked += 1;
  }
  return asked;
};

/** Promotions, rollbacks and retrainings: asked for here, decided by people, performed once they approved. */
export interface Releases {
  readonly askForIncident: (
    incident: IncidentView,
    action: "retrain" | "rollback",
    actor: Actor,
    key: string,
  ) => Promise<AskedRelease & { readonly action: "retrain" | "rollback" }>;
  /** UserInputError NOT_BUILT_HERE, NOT_READY, VERSION_UNKNOWN. `version` null: the challenger, or the previous one. */
  readonly ask: (
    ask: {
      readonly pipeline: string;
      readonly action: "promote" | "rollback";
      readonly version: string | null;
    },
    actor: Actor,
    key: string,
  ) => Promise<AskedRelease>;
  readonly models: (pipeline: string | null) => Promise<readonly ModelVersion[]>;
  /** Performs what was decided, and asks for what Monitors may ask for by themselves. Gives how much was done. */
  readonly tick: (nowMs: number) => Promise<number>;
}

export const createReleases = (deps: ReleaseDeps): Releases => ({
  askForIncident: async (incident, action, actor, key) => {
    const ask = { pipeline: incident.pipeline, ref: incident.id, action, actor, key };
    return { ...(await requestRelease(deps, ask)), action };
  },
  ask: async ({ action, pipeline, version }, actor, key) => {
    const known = await versionsOf(deps, pipeline);
    if (version !== null && !known.some((one) => one.version === version))
      throw new UserInputError("VERSION_UNKNOWN", `there is no version ${version} of ${pipeline}`, {
        next: "models_search lists what there is",
      });
    const ref = version ?? (action === "rollback" ? "previous" : "challenger");
    return requestRelease(deps, { pipeline, action, ref, actor, key });
  },
  models: async (pipeline) => {
    const all = await deps.store.pipelines.list();
    const names = all
      .map(({ name }) => name)
      .filter((name) => pipeline === null || name === pipeline);
    return (await Promise.all(names.map((name) => versionsOf(deps, name)))).flat();
  },
  tick: async (nowMs) => {
    const due = await deps.store.watch.releasesDue();
    for (const one of due)
      await performRelease(deps, one).catch((error: unknown) =>
        deps.log.error("a release was not performed", {
          approval: one.approvalId,
          error: messageOf(error),
        }),
      );
    return due.length + (await startRetraining(deps, nowMs));
  },
});
