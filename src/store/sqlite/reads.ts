import { eq } from "drizzle-orm";
import type { Reads } from "../port.ts";
import type { Json } from "../rows.ts";
import * as money from "../tables/money.ts";
import * as projection from "../tables/projection.ts";
import * as workspace from "../tables/workspace.ts";
import type { Connection } from "./connect.ts";
import type { Loader } from "./load.ts";
import { createWatchReads } from "./read-watch.ts";

/** What a plan may read, in the transaction that will write. */
export const createReads = (db: Connection["db"], loader: Loader): Reads => ({
  people: () => db.select().from(workspace.person).all(),
  identities: () => db.select().from(workspace.identity).all(),
  setting: (key): Json =>
    db.select().from(workspace.setting).where(eq(workspace.setting.key, key)).get()?.value ?? null,
  pipeline: (id) =>
    db.select().from(workspace.pipeline).where(eq(workspace.pipeline.id, id)).get() ?? null,
  pipelineByName: (name) =>
    db.select().from(workspace.pipeline).where(eq(workspace.pipeline.name, name)).get() ?? null,
  run: (runId) =>
    db.select().from(projection.run).where(eq(projection.run.runId, runId)).get() ?? null,
  state: (runId) => loader.load(runId).folded.state,
  manifest: (hash) =>
    db.select().from(workspace.manifest).where(eq(workspace.manifest.hash, hash)).get() ?? null,
  ledger: (scope) =>
    db.select().from(money.ledger).where(eq(money.ledger.scope, scope)).get() ?? null,
  reservations: (attemptId) =>
    db.select().from(money.reservation).where(eq(money.reservation.attemptId, attemptId)).all(),
  watch: createWatchReads(db),
});
