import { and, eq, gt, isNull, or, sql } from "drizzle-orm";
import { UserInputError } from "../../lib/errors.ts";
import type { CodeStore } from "../groups.ts";
import type { CodeWrite, CommitRequest } from "../port.ts";
import { oneTimeCode as t } from "../tables/workspace.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

type Db = Connection["db"];

const unexpired = (nowMs: number) => or(isNull(t.expiresAt), gt(t.expiresAt, nowMs));

/** Keeps or ends one code, in the transaction of the command that made or used it. */
export const writeCode = (db: Db, write: CodeWrite, request: CommitRequest): void => {
  const ended = { usedAt: request.nowMs, usedKey: request.key };
  if (write.op === "put") {
    const { personId, purpose, subject } = write.row;
    const earlier = and(
      eq(t.purpose, purpose),
      eq(t.personId, personId),
      eq(t.subject, subject),
      isNull(t.usedAt),
    );
    db.update(t).set(ended).where(earlier).run();
    db.insert(t).values(write.row).run();
    return;
  }
  const used = db
    .update(t)
    .set(ended)
    .where(and(eq(t.lookup, write.lookup), isNull(t.usedAt)))
    .run();
  if (used.changes === 1) return;
  throw new UserInputError("CODE_USED", "this code was used already", {
    next: "ask for a new code",
  });
};

export const createCodeStore = ({ client, db }: Connection, guard: Guard): CodeStore => ({
  live: ({ nowMs, personId, purpose, subject }) =>
    guard(() =>
      db
        .select()
        .from(t)
        .where(
          and(
            eq(t.purpose, purpose),
            isNull(t.usedAt),
            unexpired(nowMs),
            ...(personId === undefined ? [] : [eq(t.personId, personId)]),
            ...(subject === undefined ? [] : [eq(t.subject, subject)]),
          ),
        )
        .all(),
    ),
  attempt: ({ key, lookup, nowMs, purpose }) =>
    guard(() => {
      const look = client.transaction(() => {
        const row = db
          .select()
          .from(t)
          .where(and(eq(t.lookup, lookup), eq(t.purpose, purpose)))
          .get();
        if (!row || row.usedKey === key) return row ?? null;
        const live = row.usedAt === null && (row.expiresAt === null || row.expiresAt > nowMs);
        if (!live || row.triesLeft <= 0) return null;
        db.update(t)
          .set({ triesLeft: sql`${t.triesLeft} - 1` })
          .where(eq(t.lookup, lookup))
          .run();
        return row;
      });
      return look.immediate();
    }),
});
