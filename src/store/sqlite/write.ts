import { and, eq } from "drizzle-orm";
import { UserInputError } from "../../lib/errors.ts";
import type { CommitRequest, OutboxWrite, Writes } from "../port.ts";
import * as delivery from "../tables/delivery.ts";
import * as workspace from "../tables/workspace.ts";
import { putAudit, workspaceChanges } from "./audit-chain.ts";
import { writeCode } from "./codes.ts";
import type { Connection } from "./connect.ts";
import { writeLedger } from "./money.ts";
import { writeWatch } from "./watch-write.ts";

type Db = Connection["db"];

const putOutbox = (db: Db, request: CommitRequest, seq: number, row: OutboxWrite): void => {
  const waiting = and(
    eq(delivery.outbox.target, row.target),
    eq(delivery.outbox.effectKey, row.effectKey),
    eq(delivery.outbox.state, "pending"),
  );
  const next = row.notBeforeMs ?? request.nowMs;
  const known = db.select({ id: delivery.outbox.id }).from(delivery.outbox).where(waiting).get();
  if (known) {
    // Only the newest body is shown, so a row that still waits takes it over, and its 24 hours start again.
    db.update(delivery.outbox)
      .set({ body: row.body, kind: row.kind, seq, createdAt: Math.max(next, request.nowMs) })
      .where(eq(delivery.outbox.id, known.id))
      .run();
    return;
  }
  db.insert(delivery.outbox)
    .values({
      effectKey: row.effectKey,
      runId: request.runId,
      seq,
      target: row.target,
      lane: row.lane ?? request.runId,
      kind: row.kind,
      body: row.body,
      state: "pending",
      tries: 0,
      createdAt: Math.max(next, request.nowMs),
      nextAt: next,
    })
    .run();
};

const putPipeline = (
  db: Db,
  row: NonNullable<Writes["pipelines"]>[number],
  nowMs: number,
): void => {
  const named = db
    .select()
    .from(workspace.pipeline)
    .where(eq(workspace.pipeline.name, row.name))
    .get();
  if (named && named.id !== row.id) {
    throw new UserInputError("PIPELINE_NAME_TAKEN", `another pipeline is called ${row.name}`, {
      next: "choose another name",
    });
  }
  // The name stays: runs are called after it, and their numbers count per pipeline.
  db.insert(workspace.pipeline)
    .values({ ...row, createdAt: nowMs, nextRun: 1 })
    .onConflictDoUpdate({ target: workspace.pipeline.id, set: { spec: row.spec } })
    .run();
};

const putPeople = (db: Db, writes: Writes): void => {
  for (const row of writes.people ?? []) {
    db.insert(workspace.person)
      .values(row)
      .onConflictDoUpdate({ target: workspace.person.id, set: row })
      .run();
  }
  for (const { kind, personId, source, subject } of writes.identities ?? []) {
    const where = and(eq(workspace.identity.kind, kind), eq(workspace.identity.subject, subject));
    if (personId === null) db.delete(workspace.identity).where(where).run();
    else {
      const row = { kind, subject, personId, source };
      db.insert(workspace.identity)
        .values(row)
        .onConflictDoUpdate({
          target: [workspace.identity.kind, workspace.identity.subject],
          set: row,
        })
        .run();
    }
  }
};

const putSettings = (db: Db, writes: Writes, nowMs: number): void => {
  for (const { key, value } of writes.settings ?? []) {
    if (value === null) db.delete(workspace.setting).where(eq(workspace.setting.key, key)).run();
    else {
      const row = { key, value, changedAt: nowMs };
      db.insert(workspace.setting)
        .values(row)
        .onConflictDoUpdate({ target: workspace.setting.key, set: row })
        .run();
    }
  }
};

/** Everything of a plan that must be there before its events are projected. */
export const writeBefore = (db: Db, request: CommitRequest, writes: Writes): void => {
  for (const row of writes.manifests ?? [])
    db.insert(workspace.manifest).values(row).onConflictDoNothing().run();
  for (const row of writes.pipelines ?? []) putPipeline(db, row, request.nowMs);
  putPeople(db, writes);
  putSettings(db, writes, request.nowMs);
  for (const write of writes.codes ?? []) writeCode(db, write, request);
  for (const write of writes.ledger ?? []) writeLedger(db, write, request.nowMs);
  for (const write of writes.watch ?? []) writeWatch(db, write);
};

/** The audit lines of a command; what it changed about the workspace stands in the first, so that no such change is untold. */
const putAudits = (
  db: Db,
  request: CommitRequest,
  writes: Writes,
  head: { readonly seq: number; readonly hash: string },
): void => {
  const at = {
    nowMs: request.nowMs,
    runId: head.seq === 0 ? null : request.runId,
    actor: request.actor,
    headSeq: head.seq,
    headHash: head.seq === 0 ? null : head.hash,
  };
  const changes = workspaceChanges(writes);
  const told = writes.audit ?? [];
  const untold = changes !== null && told.length === 0;
  const lines = untold ? [{ action: "WorkspaceChanged", subject: request.key }] : told;
  for (const [n, line] of lines.entries()) putAudit(db, line, at, n === 0 ? changes : null);
};

/** Outbox, audit and inbox marks, which name the new head. */
export const writeAfter = (
  db: Db,
  request: CommitRequest,
  writes: Writes,
  head: { readonly seq: number; readonly hash: string },
): void => {
  for (const row of writes.outbox) putOutbox(db, request, head.seq, row);
  putAudits(db, request, writes, head);
  for (const key of writes.inboxDone ?? []) {
    db.update(delivery.inbox)
      .set({ doneAt: request.nowMs })
      .where(eq(delivery.inbox.key, key))
      .run();
  }
};
