import type { FileEntry } from "../../engine/command.ts";
import type { RunState } from "../../engine/state.ts";
import { manifestHash, sha256 } from "../../lib/hash.ts";
import { workerActor } from "../worker-actor.ts";
import type { PerformWork, WorkTools } from "./performer.ts";

const MISSING = "0".repeat(64);

/** The files of a phase as they lie on disk now: the union of its steps' manifests, hashed again byte by byte. */
export const observePhase = async (
  tools: Pick<WorkTools, "store" | "blobs">,
  state: RunState,
  phase: 1 | 2 | 3 | 4,
): Promise<string> => {
  const files = new Map<string, FileEntry>();
  for (const key of state.order) {
    const step = state.steps[key];
    if (step?.step.phase !== phase || step.manifestHash === null) continue;
    const row = await tools.store.manifests.get(step.manifestHash);
    for (const file of row?.files ?? []) files.set(file.path, file);
  }
  const seen = await Promise.all(
    [...files.values()].map(async (file) => {
      const bytes = await tools.blobs.get(file.sha256);
      return { path: file.path, sha256: bytes === null ? MISSING : sha256(bytes) };
    }),
  );
  return manifestHash(seen);
};

/** Looks whether the bytes that wait for approval are still the ones that were submitted; other bytes void it. */
export const performObserve: PerformWork<"observe"> = async (tools, state, due) => {
  const seen = await observePhase(tools, state, due.phase);
  if (seen === state.phases[due.phase].manifestHash) return;
  await tools.dispatch({
    key: `${due.key}/${seen}`,
    runId: state.runId,
    actor: workerActor(tools.worker),
    body: { type: "ObserveManifest", phase: due.phase, manifestHash: seen },
  });
};
