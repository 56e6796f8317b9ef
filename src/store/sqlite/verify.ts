import { and, asc, eq } from "drizzle-orm";
import type { LoggedEvent } from "../../engine/event.ts";
import { messageOf } from "../../lib/errors.ts";
import { canonicalJson, manifestHash, sha256 } from "../../lib/hash.ts";
import * as log from "../tables/log.ts";
import * as t from "../tables/projection.ts";
import { audit, manifest } from "../tables/workspace.ts";
import { type EventRow, FIRST_PREV, linkFault, toLogged } from "./chain.ts";
import { projectionFault } from "./compare.ts";
import type { Connection } from "./connect.ts";
import { emptyFold, FOLD_VERSION, type Folded, foldOn, type Reducer } from "./fold.ts";
import type { Guard } from "./guard.ts";
import { runRow } from "./part-rows.ts";
import { auditFault, workspaceFault } from "./verify-audit.ts";

/** What was found about one run's log and the tables made from it. */
export interface RunVerdict {
  readonly runId: string;
  readonly name: string;
  /** Events that hold. */
  readonly events: number;
  /** Hash of the last event that holds. */
  readonly headHash: string;
  /** The first thing that does not hold, in words; null: everything does. */
  readonly fault: string | null;
  /** Seq of the first event that does not hold; null where the log holds (a fault then lies in a table made from it). */
  readonly seq: number | null;
  /** Hashes of the blobs that the events name, files of manifests included. Whoever has the blobs hashes them again. */
  readonly blobs: readonly string[];
}

/** Name under which the audit log stands among the verdicts, with people, accounts, settings and codes as it tells them. */
export const WORKSPACE_NAME = "(workspace)";

export interface VerifyStore {
  /**
   * Follows the chain, folds again and compares every projection, and votes with the audit log; only reads. For all runs also the
   * audit log itself, and people, accounts, settings and codes with what audited commands made of them. `head`: a log head from a tag, a message or the
   * audit log that must be in the run (without a run: in any), which shows a cut-off tail. A fault is a value, never an exception.
   */
  readonly verify: (runId: string | null, head?: string) => Promise<readonly RunVerdict[]>;
}

type Db = Connection["db"];

const BLOB_FIELDS = ["specHash", "patchHash", "summaryHash", "findingsHash"] as const;

/** How far a log holds, and what it folds to up to there. */
interface Walked {
  readonly folded: Folded;
  readonly events: readonly LoggedEvent[];
  readonly headHash: string;
  readonly fault: { readonly seq: number; readonly said: string } | null;
}

/** How many rows hold together from the start, and what is wrong with the next one. */
const linked = (
  rows: readonly EventRow[],
): { readonly count: number; readonly said: string | null } => {
  let headHash = FIRST_PREV;
  for (const [at, row] of rows.entries()) {
    const said = linkFault(row, at, headHash);
    if (said) return { count: at, said };
    headHash = row.hash;
  }
  return { count: rows.length, said: null };
};

/** Folds one by one, to name the event at which it fails. */
const foldSlowly = (reducer: Reducer, runId: string, rows: readonly EventRow[]): Walked => {
  let folded = emptyFold(reducer, runId);
  const events: LoggedEvent[] = [];
  for (const row of rows) {
    try {
      const event = toLogged(row);
      folded = foldOn(reducer, folded, [event]).folded;
      events.push(event);
    } catch (error) {
      const fault = { seq: row.seq, said: `cannot be folded: ${messageOf(error)}` };
      return { folded, events, headHash: row.prev, fault };
    }
  }
  return { folded, events, headHash: rows.at(-1)?.hash ?? FIRST_PREV, fault: null };
};

const walk = (reducer: Reducer, runId: string, rows: readonly EventRow[]): Walked => {
  const { count, said } = linked(rows);
  const sound = rows.slice(0, count);
  const fault = said === null ? null : { seq: count + 1, said };
  try {
    const events = sound.map(toLogged);
    const { folded } = foldOn(reducer, emptyFold(reducer, runId), events);
    return { folded, events, headHash: sound.at(-1)?.hash ?? FIRST_PREV, fault };
  } catch {
    return foldSlowly(reducer, runId, sound);
  }
};

/** Per pipeline the places of its runs' first events among those of all runs, in order. */
type Starts = ReadonlyMap<string, readonly number[]>;

const readStarts = (db: Db): Starts => {
  const starts = new Map<string, number[]>();
  const rows = db
    .select({ pipelineId: t.run.pipelineId, pos: log.event.pos })
    .from(t.run)
    .innerJoin(log.event, and(eq(log.event.runId, t.run.runId), eq(log.event.seq, 1)))
    .orderBy(asc(log.event.pos))
    .all();
  for (const { pipelineId, pos } of rows) {
    const known = starts.get(pipelineId);
    if (known) known.push(pos);
    else starts.set(pipelineId, [pos]);
  }
  return starts;
};

/** The number of a run is the place of its first event among those of its pipeline. */
const numberOf = (starts: Starts, folded: Folded, firstPos: number): number =>
  (starts.get(folded.state.pipelineId) ?? []).findLastIndex((pos) => pos <= firstPos) + 1;

const runFault = (
  db: Db,
  starts: Starts,
  folded: Folded,
  rows: readonly EventRow[],
): string | null => {
  const stored = db.select().from(t.run).where(eq(t.run.runId, folded.state.runId)).get();
  const [first, last] = [rows.at(0), rows.at(-1)];
  if (!first || !last) return stored ? "the log is gone, table run still names it" : null;
  if (!stored) return "table run has no row for this log";
  if (stored.headSeq > last.seq)
    return `the log ends at event ${last.seq}, table run knows ${stored.headSeq}: its tail was cut off`;
  const number = numberOf(starts, folded, first.pos);
  const head = { number, name: stored.name, headSeq: last.seq, headHash: last.hash };
  const same = canonicalJson(stored) === canonicalJson(runRow(folded, head));
  return same && stored.name.endsWith(`-${number}`) ? null : "table run differs from the log";
};

const snapshotFault = (db: Db, reducer: Reducer, events: readonly LoggedEvent[]): string | null => {
  const runId = events[0]?.runId ?? "";
  const kept = db.select().from(log.snapshotState).where(eq(log.snapshotState.runId, runId)).get();
  if (!kept || kept.foldVersion !== FOLD_VERSION) return null;
  const { folded } = foldOn(reducer, emptyFold(reducer, runId), events.slice(0, kept.seq));
  const same =
    sha256(kept.body) === kept.bodyHash &&
    events[kept.seq - 1]?.hash === kept.hash &&
    canonicalJson(JSON.parse(kept.body)) === canonicalJson(folded);
  return same ? null : "table snapshot_state differs from the log";
};

/** Blobs that events name: documents by field, files by the manifests that attempts submitted. */
const namedBlobs = (
  db: Db,
  events: readonly LoggedEvent[],
): { readonly blobs: readonly string[]; readonly fault: string | null } => {
  const documents = events.flatMap(({ body }) => {
    const fields = body as Readonly<Record<string, unknown>>;
    return BLOB_FIELDS.map((field) => fields[field]).filter((value) => typeof value === "string");
  });
  const hashes = events.flatMap(({ body }) =>
    body.type === "AttemptSubmitted" ? [body.manifestHash] : [],
  );
  const manifests = hashes.map((hash) => ({
    hash,
    row: db.select().from(manifest).where(eq(manifest.hash, hash)).get(),
  }));
  const odd = manifests.find(({ hash, row }) => !row || manifestHash(row.files) !== hash);
  const files = manifests.flatMap(({ row }) => row?.files.map((file) => file.sha256) ?? []);
  const said = odd?.row ? "altered" : "not stored";
  return {
    blobs: [...new Set([...documents, ...files])],
    fault: odd ? `manifest ${odd.hash.slice(0, 12)} is ${said}` : null,
  };
};

interface Reading {
  readonly db: Db;
  readonly reducer: Reducer;
  readonly starts: Starts;
}

const verifyRun = ({ db, reducer, starts }: Reading, runId: string, head?: string): RunVerdict => {
  const rows = db
    .select()
    .from(log.event)
    .where(eq(log.event.runId, runId))
    .orderBy(asc(log.event.seq))
    .all();
  const walked = walk(reducer, runId, rows);
  const named = namedBlobs(db, walked.events);
  const stored = db.select({ name: t.run.name }).from(t.run).where(eq(t.run.runId, runId)).get();
  const verdict = {
    runId,
    name: stored?.name ?? runId,
    events: walked.events.length,
    headHash: walked.headHash,
    blobs: named.blobs,
  };
  if (walked.fault) {
    const { said, seq } = walked.fault;
    return { ...verdict, seq, fault: `event ${seq}: ${said}` };
  }
  const cut = head !== undefined && !walked.events.some((event) => event.hash === head);
  if (cut) {
    const fault = "the head given is not in this log: its tail was cut off, or it is another log";
    return { ...verdict, seq: rows.length + 1, fault };
  }
  const fault =
    runFault(db, starts, walked.folded, rows) ??
    projectionFault(db, walked.folded) ??
    snapshotFault(db, reducer, walked.events) ??
    auditFault(db, runId, walked.events) ??
    named.fault;
  return { ...verdict, seq: null, fault };
};

const holdsHead = (db: Db, head: string): boolean => {
  const event = db.select({ pos: log.event.pos }).from(log.event).where(eq(log.event.hash, head));
  const line = db.select({ id: audit.id }).from(audit).where(eq(audit.hash, head));
  return event.get() !== undefined || line.get() !== undefined;
};

/** Makes `verify`. */
export const createVerify = (
  { client, db }: Connection,
  reducer: Reducer,
  guard: Guard,
): VerifyStore["verify"] => {
  const safe = (starts: Starts, runId: string, head?: string): RunVerdict => {
    try {
      return verifyRun({ db, reducer, starts }, runId, head);
    } catch (error) {
      const fault = `cannot be read: ${messageOf(error)}`;
      return { runId, name: runId, events: 0, headHash: FIRST_PREV, seq: null, fault, blobs: [] };
    }
  };
  const allRuns = (): readonly string[] => {
    const logs = db.selectDistinct({ id: log.event.runId }).from(log.event).all();
    const runs = db.select({ id: t.run.runId }).from(t.run).all();
    return [...new Set([...logs, ...runs].map((row) => row.id))].sort();
  };
  const workspace = (): RunVerdict => {
    const whole = { runId: "", name: WORKSPACE_NAME, seq: null, blobs: [] };
    try {
      const { fault, headHash, lines } = workspaceFault(db);
      return { ...whole, events: lines, headHash, fault };
    } catch (error) {
      const fault = `cannot be read: ${messageOf(error)}`;
      return { ...whole, events: 0, headHash: FIRST_PREV, fault };
    }
  };
  const everyRun = (head?: string): readonly RunVerdict[] => {
    const starts = readStarts(db);
    const verdicts = [...allRuns().map((runId) => safe(starts, runId)), workspace()];
    if (head === undefined || holdsHead(db, head)) return verdicts;
    const fault = "the head given is in no log: a tail was cut off";
    const lost = { runId: "", name: "(head)", events: 0, headHash: head, seq: null, blobs: [] };
    return [...verdicts, { ...lost, fault }];
  };
  // One snapshot of the database for all reads, whatever other processes write meanwhile.
  return (runId, head) =>
    guard(() =>
      client.transaction(() =>
        runId === null ? everyRun(head) : [safe(readStarts(db), runId, head)],
      )(),
    );
};
