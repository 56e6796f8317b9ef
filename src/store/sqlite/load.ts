import { and, asc, eq, gte } from "drizzle-orm";
import { BugError } from "../../lib/errors.ts";
import { sha256 } from "../../lib/hash.ts";
import * as log from "../tables/log.ts";
import { type EventRow, FIRST_PREV, linkFault, toLogged } from "./chain.ts";
import type { Connection } from "./connect.ts";
import { emptyFold, FOLD_VERSION, type Folded, foldOn, type Reducer } from "./fold.ts";

/** A run as its log stands: the fold and the head it was folded to. */
export interface LoadedRun {
  readonly folded: Folded;
  readonly headSeq: number;
  readonly headHash: string;
}

/** Folds runs from their logs. What it folded before is used again only where the log still has that very event at that place. */
export interface Loader {
  /** An unknown run is empty, at seq 0. BugError LOG_BROKEN where the log read does not hold together. */
  readonly load: (runId: string) => LoadedRun;
  /** Remembers a fold whose events are committed. */
  readonly remember: (loaded: LoadedRun) => void;
}

const SNAPSHOT_EVERY = 500;
// The worker looks at every live run again and again: fewer than are alive would fold each of them anew every time.
const REMEMBERED_RUNS = 1_024;

const eventsFrom = (db: Connection["db"], runId: string, seq: number): readonly EventRow[] =>
  db
    .select()
    .from(log.event)
    .where(and(eq(log.event.runId, runId), gte(log.event.seq, seq)))
    .orderBy(asc(log.event.seq))
    .all();

/** A kept fold, only while nobody altered it. */
const fromSnapshot = (db: Connection["db"], runId: string): LoadedRun | null => {
  const kept = db.select().from(log.snapshotState).where(eq(log.snapshotState.runId, runId)).get();
  if (!kept || kept.foldVersion !== FOLD_VERSION || sha256(kept.body) !== kept.bodyHash)
    return null;
  return { folded: JSON.parse(kept.body) as Folded, headSeq: kept.seq, headHash: kept.hash };
};

const foldRows = (reducer: Reducer, start: LoadedRun, rows: readonly EventRow[]): LoadedRun => {
  let { headHash, headSeq } = start;
  for (const row of rows) {
    const fault = linkFault(row, headSeq, headHash);
    if (fault)
      throw new BugError("LOG_BROKEN", `run ${row.runId}, event ${row.seq}: ${fault}`, {
        next: "run mlpipeline verify, then put back a backup",
      });
    headSeq = row.seq;
    headHash = row.hash;
  }
  return { folded: foldOn(reducer, start.folded, rows.map(toLogged)).folded, headSeq, headHash };
};

export const createLoader = (db: Connection["db"], reducer: Reducer): Loader => {
  const remembered = new Map<string, LoadedRun>();
  const remember = (loaded: LoadedRun) => {
    const { runId } = loaded.folded.state;
    remembered.delete(runId);
    remembered.set(runId, loaded);
    const oldest = remembered.keys().next();
    if (remembered.size > REMEMBERED_RUNS && !oldest.done) remembered.delete(oldest.value);
  };
  /** Goes on from `start` if the log still has its head where it was; null: it has not. */
  const goOn = (runId: string, start: LoadedRun): LoadedRun | null => {
    const [at, ...rest] = eventsFrom(db, runId, start.headSeq);
    if (at?.seq !== start.headSeq || at.hash !== start.headHash) return null;
    return rest.length === 0 ? start : foldRows(reducer, start, rest);
  };
  const load = (runId: string): LoadedRun => {
    for (const start of [remembered.get(runId), fromSnapshot]) {
      const from = typeof start === "function" ? start(db, runId) : start;
      const loaded = from ? goOn(runId, from) : null;
      if (!loaded) continue;
      remember(loaded);
      return loaded;
    }
    const empty = { folded: emptyFold(reducer, runId), headSeq: 0, headHash: FIRST_PREV };
    const rows = eventsFrom(db, runId, 1);
    if (rows.length === 0) return empty;
    const loaded = foldRows(reducer, empty, rows);
    remember(loaded);
    return loaded;
  };
  return { load, remember };
};

/** Keeps a fold now and then, so that a long log need not be folded from its start. */
export const keepSnapshot = (db: Connection["db"], loaded: LoadedRun, before: number): void => {
  if (Math.floor(loaded.headSeq / SNAPSHOT_EVERY) === Math.floor(before / SNAPSHOT_EVERY)) return;
  const body = JSON.stringify(loaded.folded);
  const row = {
    runId: loaded.folded.state.runId,
    seq: loaded.headSeq,
    hash: loaded.headHash,
    foldVersion: FOLD_VERSION,
    body,
    bodyHash: sha256(body),
  };
  db.insert(log.snapshotState)
    .values(row)
    .onConflictDoUpdate({ target: log.snapshotState.runId, set: row })
    .run();
};
