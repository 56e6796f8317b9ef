import type { RunState } from "../engine/state.ts";
import type { LockLevel } from "../repo/lock.ts";
import { levelRank } from "../spec/levels.ts";
import type { RuntimeDeps } from "./deps.ts";
import { type ChecksDocument, readChecks } from "./documents.ts";

/** What the checks of these steps found last, in the order of the playbook. */
export const lastChecks = async (
  deps: Pick<RuntimeDeps, "blobs" | "store">,
  state: RunState,
  keys: readonly string[],
): Promise<readonly ChecksDocument[]> => {
  const events = await deps.store.events.since(state.runId, 0, 10_000);
  const documents = await Promise.all(
    state.order
      .filter((key) => keys.includes(key))
      .map(async (key) => {
        const checked = events.findLast(
          (event) => event.body.type === "StepChecked" && event.body.step === key,
        );
        return checked?.body.type === "StepChecked"
          ? [await readChecks(deps.blobs, checked.body.findingsHash)]
          : [];
      }),
  );
  return documents.flat();
};

/** The stronger of two levels of one file; of equal ones the first. */
export const stronger = (known: LockLevel | undefined, other: LockLevel): LockLevel =>
  known && levelRank(known.level) >= levelRank(other.level) ? known : other;

/**
 * The strongest level that any of these checks gave each file. `hashOf` gives the SHA-256 of a file's bytes now: a level that was
 * given to other bytes does not count.
 */
export const levelsFrom = (
  documents: readonly ChecksDocument[],
  hashOf: (path: string) => string | null,
): ReadonlyMap<string, LockLevel> => {
  const levels = new Map<string, LockLevel>();
  for (const file of documents.flatMap((document) => document.files)) {
    if (file.sha256 !== undefined && file.sha256 !== hashOf(file.path)) continue;
    const reason = file.reason === undefined ? {} : { reason: file.reason };
    const given = { level: file.level, by: file.by, ...reason };
    levels.set(file.path, stronger(levels.get(file.path), given));
  }
  return levels;
};
