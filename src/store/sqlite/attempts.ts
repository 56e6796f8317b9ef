import { and, asc, eq } from "drizzle-orm";
import type { AttemptStore } from "../groups.ts";
import type { AttemptRow } from "../rows.ts";
import * as t from "../tables/projection.ts";
import { attemptBeat } from "../tables/workspace.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

type Found = {
  readonly attempt: typeof t.attempt.$inferSelect;
  readonly beat: typeof attemptBeat.$inferSelect | null;
};

const rows = (db: Connection["db"]) =>
  db
    .select({ attempt: t.attempt, beat: attemptBeat })
    .from(t.attempt)
    .leftJoin(
      attemptBeat,
      and(eq(attemptBeat.attemptId, t.attempt.attemptId), eq(attemptBeat.fence, t.attempt.fence)),
    );

const toRow = ({ attempt, beat }: Found): AttemptRow => ({
  runId: attempt.runId,
  ...attempt.body,
  leaseUntilMs: beat?.leaseUntil ?? attempt.body.leaseUntilMs,
  beatAt: beat?.beatAt ?? null,
  createdAt: attempt.createdAt,
  changedAt: attempt.changedAt,
});

/** `beats` is the connection whose commits survive the process but not the power: heartbeats need no more. */
export const createAttemptStore = (
  db: Connection["db"],
  beats: Connection["db"],
  guard: Guard,
): AttemptStore => ({
  get: (attemptId) =>
    guard(() => {
      const found = rows(db).where(eq(t.attempt.attemptId, attemptId)).get();
      return found ? toRow(found) : null;
    }),
  list: (runId, step) =>
    guard(() =>
      rows(db)
        .where(
          and(
            eq(t.attempt.runId, runId),
            ...(step === undefined ? [] : [eq(t.attempt.step, step)]),
          ),
        )
        .orderBy(asc(t.attempt.attemptId))
        .all()
        .map(toRow),
    ),
  live: () => guard(() => rows(db).where(eq(t.attempt.status, "claimed")).all().map(toRow)),
  beat: ({ attemptId, fence, leaseUntilMs, nowMs }) =>
    guard(() => {
      const live = and(
        eq(t.attempt.attemptId, attemptId),
        eq(t.attempt.fence, fence),
        eq(t.attempt.status, "claimed"),
      );
      if (!beats.select({ id: t.attempt.attemptId }).from(t.attempt).where(live).get())
        return false;
      const row = { attemptId, fence, leaseUntil: leaseUntilMs, beatAt: nowMs };
      beats
        .insert(attemptBeat)
        .values(row)
        .onConflictDoUpdate({ target: attemptBeat.attemptId, set: row })
        .run();
      return true;
    }),
});
