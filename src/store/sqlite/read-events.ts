import { and, asc, desc, eq, gt } from "drizzle-orm";
import type { EventReader } from "../groups.ts";
import * as log from "../tables/log.ts";
import { toLogged } from "./chain.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

export const createEventReader = (db: Connection["db"], guard: Guard): EventReader => ({
  since: (runId, seq, limit = 1_000) =>
    guard(() =>
      db
        .select()
        .from(log.event)
        .where(and(eq(log.event.runId, runId), gt(log.event.seq, seq)))
        .orderBy(asc(log.event.seq))
        .limit(limit)
        .all()
        .map(toLogged),
    ),
  head: (runId) =>
    guard(
      () =>
        db
          .select({ seq: log.event.seq, hash: log.event.hash })
          .from(log.event)
          .where(eq(log.event.runId, runId))
          .orderBy(desc(log.event.seq))
          .limit(1)
          .get() ?? null,
    ),
  maxSeq: () =>
    guard(
      () =>
        db
          .select({ pos: log.event.pos })
          .from(log.event)
          .orderBy(desc(log.event.pos))
          .limit(1)
          .get()?.pos ?? 0,
    ),
  changedSince: (pos, filter = {}) =>
    guard(() =>
      db
        .select({
          pos: log.event.pos,
          runId: log.event.runId,
          seq: log.event.seq,
          type: log.event.type,
          at: log.event.at,
        })
        .from(log.event)
        .where(
          and(
            gt(log.event.pos, pos),
            ...(filter.runId === undefined ? [] : [eq(log.event.runId, filter.runId)]),
          ),
        )
        .orderBy(asc(log.event.pos))
        .limit(filter.limit ?? 500)
        .all(),
    ),
});
