import { and, asc, eq, isNotNull, isNull, lt, lte } from "drizzle-orm";
import type { InboxStore } from "../groups.ts";
import { inbox } from "../tables/delivery.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

interface Waiting {
  readonly row: Parameters<InboxStore["receive"]>[0];
  readonly resolve: (fresh: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows that arrive in one tick of the event loop share one transaction: fifty at once cost one flush of the disk. */
const createReceive = ({ client, db }: Connection, guard: Guard): InboxStore["receive"] => {
  let waiting: Waiting[] = [];
  const insert = ({ leaseUntilMs, ...row }: Waiting["row"]): boolean =>
    db
      .insert(inbox)
      .values({ ...row, tries: 0, leaseUntil: leaseUntilMs ?? 0, doneAt: null })
      .onConflictDoNothing()
      .run().changes === 1;
  const flush = async () => {
    const batch = waiting;
    waiting = [];
    try {
      const fresh = await guard(() =>
        client.transaction(() => batch.map(({ row }) => insert(row))).immediate(),
      );
      for (const [at, one] of batch.entries()) one.resolve(fresh[at] ?? false);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  };
  return (row) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(() => void flush());
      waiting.push({ row, resolve, reject });
    });
};

export const createInboxStore = (connection: Connection, guard: Guard): InboxStore => {
  const { client, db } = connection;
  return {
    receive: createReceive(connection, guard),
    take: ({ leaseUntilMs, limit, nowMs, source }) =>
      guard(() => {
        const claim = client.transaction(() => {
          const open = and(
            isNull(inbox.doneAt),
            lte(inbox.leaseUntil, nowMs),
            ...(source === undefined ? [] : [eq(inbox.source, source)]),
          );
          const rows = db
            .select()
            .from(inbox)
            .where(open)
            .orderBy(asc(inbox.receivedAt))
            .limit(limit)
            .all();
          return rows.map(({ body, key, receivedAt, source, tries }) => {
            db.update(inbox)
              .set({ leaseUntil: leaseUntilMs, tries: tries + 1 })
              .where(eq(inbox.key, key))
              .run();
            return { key, source, body, receivedAt, tries: tries + 1 };
          });
        });
        return claim.immediate();
      }),
    done: (key, nowMs) =>
      guard(() => {
        db.update(inbox).set({ doneAt: nowMs }).where(eq(inbox.key, key)).run();
      }),
    takeOver: (source) =>
      guard(
        () =>
          db
            .update(inbox)
            .set({ leaseUntil: 0 })
            .where(and(eq(inbox.source, source), isNull(inbox.doneAt)))
            .run().changes,
      ),
    forget: (beforeMs) =>
      guard(
        () =>
          db
            .delete(inbox)
            .where(and(isNotNull(inbox.doneAt), lt(inbox.doneAt, beforeMs)))
            .run().changes,
      ),
  };
};
