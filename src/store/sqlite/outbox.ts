import { randomUUID } from "node:crypto";
import { and, asc, desc, eq, isNotNull, lt, or, sql } from "drizzle-orm";
import type { ClaimedOutbox, OutboxStore } from "../groups.ts";
import type { OutboxRow } from "../rows.ts";
import { outbox } from "../tables/delivery.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

type Row = typeof outbox.$inferSelect;

const DAY_MS = 86_400_000;
const MAX_PAGE = 200;

const toRow = ({ leaseUntil: _lease, token: _token, ...row }: Row): OutboxRow => row;

/** Where an effect was first shown; a later row of the same effect edits it. */
const shownAt = (db: Connection["db"], row: Row): string | null =>
  row.externalRef ??
  db
    .select({ ref: outbox.externalRef })
    .from(outbox)
    .where(
      and(
        eq(outbox.target, row.target),
        eq(outbox.effectKey, row.effectKey),
        isNotNull(outbox.externalRef),
      ),
    )
    .orderBy(desc(outbox.id))
    .limit(1)
    .get()?.ref ??
  null;

const waiting = (target: string) =>
  and(eq(outbox.target, target), or(eq(outbox.state, "pending"), eq(outbox.state, "sending")));

// The oldest row of a lane that is not through; a lane goes on only when it is.
const firstOfLanes = (db: Connection["db"], target: string): readonly Row[] => {
  const heads = db
    .select({ id: sql<number>`min(${outbox.id})` })
    .from(outbox)
    .where(waiting(target))
    .groupBy(outbox.lane)
    .orderBy(sql`min(${outbox.id})`)
    .all();
  return heads.flatMap(({ id }) => db.select().from(outbox).where(eq(outbox.id, id)).get() ?? []);
};

const expire = (
  db: Connection["db"],
  { beforeMs, target }: Parameters<OutboxStore["expire"]>[0],
): readonly OutboxRow[] =>
  db
    .update(outbox)
    .set({ state: "dead", lastError: sql`coalesce(${outbox.lastError}, 'not delivered')` })
    .where(and(waiting(target), lt(outbox.createdAt, beforeMs)))
    .returning()
    .all()
    .map(toRow);

const list = (
  db: Connection["db"],
  { limit, runId, state, target }: Parameters<OutboxStore["list"]>[0],
): readonly OutboxRow[] =>
  db
    .select()
    .from(outbox)
    .where(
      and(
        ...(state === undefined ? [] : [eq(outbox.state, state)]),
        ...(target === undefined ? [] : [eq(outbox.target, target)]),
        ...(runId === undefined ? [] : [eq(outbox.runId, runId)]),
      ),
    )
    .orderBy(asc(outbox.id))
    .limit(Math.max(1, Math.min(limit ?? 50, MAX_PAGE)))
    .all()
    .map(toRow);

export const createOutboxStore = ({ client, db }: Connection, guard: Guard): OutboxStore => ({
  takeOver: (target) =>
    guard(
      () =>
        db
          .update(outbox)
          .set({ state: "pending", token: null })
          .where(and(eq(outbox.target, target), eq(outbox.state, "sending")))
          .run().changes,
    ),
  expire: (request) => guard(() => expire(db, request)),
  claim: ({ leaseUntilMs, limit, nowMs, target }) =>
    guard(() => {
      const take = client.transaction((): readonly ClaimedOutbox[] => {
        db.update(outbox)
          .set({ state: "dead", lastError: "not delivered within 24 hours" })
          .where(and(waiting(target), lt(outbox.createdAt, nowMs - DAY_MS)))
          .run();
        const due = firstOfLanes(db, target)
          .filter((row) =>
            row.state === "pending" ? row.nextAt <= nowMs : (row.leaseUntil ?? 0) <= nowMs,
          )
          .slice(0, limit);
        return due.map((row) => {
          const token = randomUUID();
          db.update(outbox)
            .set({ state: "sending", leaseUntil: leaseUntilMs, token, tries: row.tries + 1 })
            .where(eq(outbox.id, row.id))
            .run();
          return {
            ...toRow(row),
            state: "sending",
            tries: row.tries + 1,
            externalRef: shownAt(db, row),
            token,
          };
        });
      });
      return take.immediate();
    }),
  sent: ({ externalRef, id, token }) =>
    guard(
      () =>
        db
          .update(outbox)
          .set({ state: "sent", externalRef, token: null })
          .where(and(eq(outbox.id, id), eq(outbox.token, token)))
          .run().changes === 1,
    ),
  failed: ({ error, id, nextAtMs, token }) =>
    guard(
      () =>
        db
          .update(outbox)
          .set({
            state: nextAtMs === null ? "dead" : "pending",
            nextAt: nextAtMs ?? 0,
            lastError: error,
            token: null,
          })
          .where(and(eq(outbox.id, id), eq(outbox.token, token)))
          .run().changes === 1,
    ),
  list: (query) => guard(() => list(db, query)),
});
