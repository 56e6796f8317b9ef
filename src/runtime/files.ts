import type { RunState } from "../engine/state.ts";
import { matchesGlob } from "../spec/glob.ts";
import type { Role } from "../spec/roles.ts";
import type { RuntimeDeps } from "./deps.ts";
import { lastChecks, levelsFrom } from "./file-levels.ts";

/** One file of a run as it was last submitted. */
export interface RunFile {
  readonly path: string;
  readonly sha256: string;
  readonly deliverable: string;
  readonly step: string;
  readonly phase: number;
  readonly level: string;
}

const deliverableOf = (deps: RuntimeDeps, step: string, path: string): string =>
  deps.prompts.briefs[step as Role]?.deliverables.find((deliverable) =>
    deliverable.files.some((pattern) => matchesGlob(pattern, path)),
  )?.id ?? "";

/** The files of a run, or of one phase of it; a path that two steps wrote belongs to the later one. */
export const listFiles = async (
  deps: RuntimeDeps,
  state: RunState,
  phase?: number,
): Promise<readonly RunFile[]> => {
  const files = new Map<string, RunFile>();
  for (const key of state.order) {
    const step = state.steps[key];
    if (!step?.manifestHash || (phase !== undefined && step.step.phase !== phase)) continue;
    const manifest = await deps.store.manifests.get(step.manifestHash);
    for (const file of manifest?.files ?? []) {
      files.set(file.path, {
        ...file,
        deliverable: deliverableOf(deps, key, file.path),
        step: key,
        phase: step.step.phase,
        level: "unverified",
      });
    }
  }
  const documents = await lastChecks(deps, state, state.order);
  const levels = levelsFrom(documents, (path) => files.get(path)?.sha256 ?? null);
  return [...files.values()]
    .map((file) => ({ ...file, level: levels.get(file.path)?.level ?? file.level }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** One text file of a run; null for an unknown path or a binary file. */
export const readFile = async (
  deps: RuntimeDeps,
  state: RunState,
  path: string,
): Promise<{ readonly text: string; readonly sha256: string } | null> => {
  const file = (await listFiles(deps, state)).find((one) => one.path === path);
  const bytes = file ? await deps.blobs.get(file.sha256) : null;
  if (!file || bytes === null || bytes.includes(0)) return null;
  return { text: Buffer.from(bytes).toString("utf8"), sha256: file.sha256 };
};
