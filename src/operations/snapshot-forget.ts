import { z } from "zod";
import { DESTROY, defineOperation, type Handler } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";

/**
 * Removes a dataset's kept bytes and the samples made from it; the log stays verifiable. Without `confirm` it only says what would
 * go. Throws SNAPSHOT_NOT_FOUND, SNAPSHOT_AMBIGUOUS, SNAPSHOT_IN_USE.
 */
export const snapshotForget = defineOperation({
  name: "snapshot_forget",
  title: "Forget a dataset",
  description: "Remove a snapshot's bytes and samples for good. For admins; audited.",
  scope: "pipeline:admin",
  toolset: "people",
  annotations: DESTROY,
  input: z.strictObject({
    /** SHA-256 of the snapshot, 8 characters or more of it, or a run made from it. */
    snapshot: z.string().min(1).max(100),
    confirm: z.boolean().default(false),
  }),
  output: z.strictObject({
    snapshot: z.string(),
    done: z.boolean(),
    runs: z.array(z.string()),
    samples: z.int(),
    still_held: z.array(z.string()),
  }),
});

export const createSnapshotForget =
  ({ snapshots }: Pick<CatalogDeps, "snapshots">): Handler<typeof snapshotForget> =>
  async ({ confirm, snapshot }, call) => {
    const forgotten = await snapshots.forget(snapshot, confirm, call.actor, call.key);
    return {
      snapshot: forgotten.snapshot,
      done: forgotten.done,
      runs: [...forgotten.runs],
      samples: forgotten.blobs.length,
      still_held: [...forgotten.stillHeld],
    };
  };
