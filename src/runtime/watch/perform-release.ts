import { isProductError, messageOf, UserInputError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import type { ReleaseRow } from "../../store/watch-rows.ts";
import { moveChampion } from "./registry.ts";
import { RELEASES, type ReleaseDeps, registryOf } from "./release-deps.ts";
import { type Served, waitForServed } from "./served.ts";

const SERVED_WAIT_MS = 60_000;

interface Outcome {
  readonly ok: boolean;
  readonly said: string;
}

const servedWords = ({ hash, ok, seconds }: Served): string => {
  if (ok === null)
    return "No address is stated under `serving`, so nobody asked which model answers.";
  const took = `${seconds.toFixed(1)} s`;
  return ok
    ? `The service answers with it after ${took}.`
    : `The service does NOT answer with it after ${took}: ${hash === null ? "it says no hash" : `it says ${hash.slice(0, 12)}`}.`;
};

const move = async (deps: ReleaseDeps, row: ReleaseRow, pipeline: string): Promise<Outcome> => {
  const folder = await registryOf(deps, pipeline);
  if (folder === null)
    throw new UserInputError("NO_REGISTRY", `no registry of ${pipeline} was found`, {
      next: `state its folder in mlpipeline.yml: serving: {${pipeline}: {registry: …}}`,
    });
  const version = /^\d+$/.test(row.ref) ? row.ref : null;
  const moved = await moveChampion(folder, {
    action: row.action === "promote" ? "promote" : "rollback",
    version,
    by: "mlpipeline",
    approval: row.approvalId,
    at: deps.clock.nowMs(),
  });
  const url = deps.config.serving[pipeline]?.url ?? null;
  const wanted = { hash: moved.modelHash, version: moved.to };
  const served = await waitForServed(url, wanted, SERVED_WAIT_MS, deps.clock);
  const verb = row.action === "promote" ? "Promoted" : "Rolled back to";
  const from = moved.from === null ? "" : ` (before: version ${moved.from})`;
  return {
    ok: served.ok !== false,
    said: `${verb} version ${moved.to}${from}, model ${moved.modelHash.slice(0, 12)}. ${servedWords(served)}`,
  };
};

const perform = async (deps: ReleaseDeps, row: ReleaseRow, pipeline: string): Promise<Outcome> => {
  if (row.action !== "retrain") return move(deps, row, pipeline);
  const before = await deps.store.runs.state(row.runId);
  const run = await deps.retrainRun(before, row.approvalId, RELEASES);
  const how =
    run.differs.length === 0
      ? "Phase 1 is as before, so it passes under this approval."
      : `Phase 1 asks people, because these differ: ${run.differs.join(", ")}.`;
  return { ok: true, said: `Retraining started as ${run.name} on a new snapshot. ${how}` };
};

const keep = (deps: ReleaseDeps, row: ReleaseRow) => {
  const key = `release/${row.approvalId}/${row.state}`;
  return deps.store.commit(
    {
      runId: `release/${row.approvalId}`,
      key,
      payloadHash: sha256(key),
      nowMs: row.at,
      actor: RELEASES,
    },
    () => ({
      events: [],
      outbox: [],
      answer: true,
      watch: [{ op: "release", row }],
      audit:
        row.state === "started"
          ? []
          : [
              {
                action: `Release.${row.action}.${row.state}`,
                subject: row.approvalId,
                detail: { run: row.runId, said: row.said },
              },
            ],
    }),
  );
};

/** Tells the Incidents that asked for it what came of a release, and those that waited for a deploy that there was one. */
const tellIncidents = async (
  deps: ReleaseDeps,
  row: ReleaseRow,
  pipeline: string,
): Promise<void> => {
  for (const open of await deps.store.watch.incidents({ pipeline, limit: 50 })) {
    const base = { incidentId: open.id, actor: RELEASES };
    await deps.dispatchIncident({
      ...base,
      key: `release-ended/${row.approvalId}/${open.id}`,
      command: { type: "release_ended", approvalId: row.approvalId, outcome: row.said },
    });
    if (row.state === "done" && row.action !== "retrain")
      await deps.dispatchIncident({
        ...base,
        key: `deployed/${row.approvalId}/${open.id}`,
        command: { type: "deployed" },
      });
  }
};

const REFUSED: Readonly<Record<string, string>> = {
  rejected: "People rejected it; nothing was changed.",
  voided: "The approval was voided; nothing was changed.",
};

/** Performs one decided release, once: what people rejected is noted, what they approved is done and told. */
export const performRelease = async (
  deps: ReleaseDeps,
  due: { readonly approvalId: string; readonly runId: string; readonly status: string },
): Promise<void> => {
  const state = await deps.store.runs.state(due.runId);
  const ask = state.approvals[due.approvalId]?.ask;
  if (ask?.kind !== "release") return;
  const pipeline = (await deps.store.pipelines.find(state.pipelineId))?.name ?? state.pipelineId;
  const row = { ...due, action: ask.action, ref: ask.ref, said: "", body: null };
  const { approvalId, runId } = due;
  const base: ReleaseRow = { ...row, approvalId, runId, state: "started", at: deps.clock.nowMs() };
  await keep(deps, base);
  deps.kill("release.started");
  const refused = REFUSED[due.status];
  const outcome: Outcome =
    refused !== undefined
      ? { ok: false, said: refused }
      : await perform(deps, base, pipeline).catch((error: unknown) => {
          if (isProductError(error) && error.kind !== "bug" && error.kind !== "retryable")
            return {
              ok: false,
              said: `It was approved and could not be done: ${messageOf(error)}`,
            };
          throw error;
        });
  const ended: ReleaseRow = {
    ...base,
    state: outcome.ok ? "done" : "failed",
    said: outcome.said,
    at: deps.clock.nowMs(),
  };
  await keep(deps, ended);
  await tellIncidents(deps, ended, pipeline);
};
