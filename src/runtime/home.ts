import { join } from "node:path";

/** Where everything that is kept lies, under one home. */
export interface Home {
  readonly dir: string;
  readonly database: string;
  readonly lock: string;
  /** The lock of whoever delivers to one outbox target. */
  readonly deliveryLock: (target: string) => string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly venvs: string;
  readonly cache: string;
  readonly tmp: string;
  readonly repo: (pipeline: string) => string;
  /** Where what training made inside a run is kept: artifacts, models and the journal of training runs. */
  readonly trained: (runId: string) => string;
  /** The git bundle of a run whose pipeline has no remote. */
  readonly bundle: (run: string) => string;
  readonly workspace: (runId: string, step: string, attemptId: string) => string;
}

/** The paths of a home; nothing is created. */
export const homeAt = (dir: string): Home => ({
  dir,
  database: join(dir, "mlpipeline.db"),
  lock: join(dir, "worker.lock"),
  deliveryLock: (target) => join(dir, `${target}-delivery.lock`),
  blobs: join(dir, "blobs"),
  snapshots: join(dir, "snapshots"),
  venvs: join(dir, "venvs"),
  cache: join(dir, "cache"),
  tmp: join(dir, "tmp"),
  repo: (pipeline) => join(dir, "repos", pipeline),
  trained: (runId) => join(dir, "trained", runId),
  bundle: (run) => join(dir, "bundles", `${run}.bundle`),
  workspace: (runId, step, attemptId) => join(dir, "workspaces", runId, step, attemptId),
});
