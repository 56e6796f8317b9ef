import { eq } from "drizzle-orm";
import type { RunEvent } from "../../engine/event.ts";
import { BugError } from "../../lib/errors.ts";
import { canonicalJson } from "../../lib/hash.ts";
import type { CommitOutcome, CommitRequest, Loaded, Plan, Writes } from "../port.ts";
import type { Json, KeyRow } from "../rows.ts";
import * as log from "../tables/log.ts";
import * as projection from "../tables/projection.ts";
import * as workspace from "../tables/workspace.ts";
import { EVENT_VERSION, type EventRow, hashOf, toLogged } from "./chain.ts";
import type { Connection } from "./connect.ts";
import { foldOn, type Reducer } from "./fold.ts";
import { keepSnapshot, type LoadedRun, type Loader } from "./load.ts";
import type { RunHead } from "./part-rows.ts";
import { project } from "./project.ts";
import { createReads } from "./reads.ts";
import { writeAfter, writeBefore } from "./write.ts";

interface CommitDeps {
  readonly connection: Connection;
  readonly reducer: Reducer;
  readonly loader: Loader;
  readonly kill: (name: string) => void;
}

const append = (
  db: Connection["db"],
  request: CommitRequest,
  from: LoadedRun,
  events: readonly RunEvent[],
): readonly EventRow[] => {
  let prev = from.headHash;
  return events.map((body, at) => {
    const row = {
      runId: request.runId,
      seq: from.headSeq + at + 1,
      type: body.type,
      v: EVENT_VERSION,
      at: request.nowMs,
      actor: canonicalJson(request.actor),
      cause: request.key,
      body: canonicalJson(body),
      prev,
    };
    const hash = hashOf(row);
    prev = hash;
    const { lastInsertRowid } = db
      .insert(log.event)
      .values({ ...row, hash })
      .run();
    return { ...row, hash, pos: Number(lastInsertRowid) };
  });
};

/** Number and name of the run: given once, from its pipeline's counter. */
const headOf = (
  db: Connection["db"],
  runId: string,
  pipelineId: string,
  last: EventRow,
): RunHead => {
  const head = { headSeq: last.seq, headHash: last.hash };
  const known = db.select().from(projection.run).where(eq(projection.run.runId, runId)).get();
  if (known) return { number: known.number, name: known.name, ...head };
  const pipeline = db
    .select()
    .from(workspace.pipeline)
    .where(eq(workspace.pipeline.id, pipelineId))
    .get();
  if (!pipeline)
    throw new BugError(
      "PIPELINE_UNKNOWN",
      `run ${runId} names pipeline ${pipelineId}, which is not there`,
    );
  db.update(workspace.pipeline)
    .set({ nextRun: pipeline.nextRun + 1 })
    .where(eq(workspace.pipeline.id, pipelineId))
    .run();
  return { number: pipeline.nextRun, name: `${pipeline.name}-${pipeline.nextRun}`, ...head };
};

const putKey = (
  db: Connection["db"],
  request: CommitRequest,
  answer: Json,
  headSeq: number,
): void => {
  const row = {
    key: request.key,
    runId: request.runId,
    payloadHash: request.payloadHash,
    answer,
    headSeq,
    at: request.nowMs,
  };
  db.insert(log.commandKey)
    .values(row)
    .onConflictDoUpdate({ target: log.commandKey.key, set: row })
    .run();
};

const apply = (
  deps: CommitDeps,
  request: CommitRequest,
  from: LoadedRun,
  writes: Writes,
): LoadedRun => {
  const { db } = deps.connection;
  writeBefore(db, request, writes);
  const rows = append(db, request, from, writes.events);
  deps.kill("command.appended");
  const last = rows.at(-1);
  if (!last) {
    writeAfter(db, request, writes, { seq: from.headSeq, hash: from.headHash });
    return from;
  }
  const { changed, folded } = foldOn(deps.reducer, from.folded, rows.map(toLogged));
  project(db, folded, changed, headOf(db, request.runId, folded.state.pipelineId, last));
  const after = { folded, headSeq: last.seq, headHash: last.hash };
  keepSnapshot(db, after, from.headSeq);
  writeAfter(db, request, writes, { seq: last.seq, hash: last.hash });
  return after;
};

const repeated = (
  request: CommitRequest,
  known: KeyRow,
  loaded: Loaded,
): CommitOutcome<Json> | null => {
  if (known.payloadHash !== request.payloadHash) {
    const message = "this key was used for another command";
    return {
      kind: "rejected",
      rejection: { code: "KEY_REUSED", message, valid: ["use a new key"] },
    };
  }
  const stands = request.stillRepeat?.(known, loaded) ?? true;
  return stands ? { kind: "repeated", answer: known.answer } : null;
};

/** What a transaction came to; `after` is the fold to remember once it is committed. */
interface Done<A extends Json> {
  readonly outcome: CommitOutcome<A>;
  readonly after: LoadedRun | null;
}

const perform = <A extends Json>(
  deps: CommitDeps,
  request: CommitRequest,
  plan: (loaded: Loaded) => Plan<A>,
): Done<A> => {
  const { db } = deps.connection;
  deps.kill("command.begun");
  const from = deps.loader.load(request.runId);
  const loaded: Loaded = {
    state: from.folded.state,
    headSeq: from.headSeq,
    headHash: from.headHash,
    reads: createReads(db, deps.loader),
  };
  const known = db.select().from(log.commandKey).where(eq(log.commandKey.key, request.key)).get();
  const before = known ? repeated(request, known, loaded) : null;
  // What is stored under this key and payload was an answer of this type.
  if (before) return { outcome: before as CommitOutcome<A>, after: null };
  const planned = plan(loaded);
  if ("rejection" in planned)
    return { outcome: { kind: "rejected", rejection: planned.rejection }, after: null };
  const after = apply(deps, request, from, planned);
  putKey(db, request, planned.answer, after.headSeq);
  const { headHash, headSeq } = after;
  const { state } = after.folded;
  return {
    outcome: { kind: "committed", answer: planned.answer, state, headSeq, headHash },
    after,
  };
};

/** One unit of work in BEGIN IMMEDIATE: load, plan, append, project, tell, remember the key; whole or not at all. */
export const createCommit =
  (deps: CommitDeps) =>
  <A extends Json>(request: CommitRequest, plan: (loaded: Loaded) => Plan<A>): CommitOutcome<A> => {
    const work = deps.connection.client.transaction(() => perform(deps, request, plan));
    const { after, outcome } = work.immediate();
    if (after && after.headSeq > 0) deps.loader.remember(after);
    if (outcome.kind === "committed") deps.kill("command.committed");
    return outcome;
  };
