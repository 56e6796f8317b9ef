import { and, count, eq, inArray, lt, lte, min, or, sum } from "drizzle-orm";
import type { FiguresReader } from "../groups.ts";
import { outbox } from "../tables/delivery.ts";
import * as t from "../tables/projection.ts";
import { worker } from "../tables/workspace.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

type Db = Connection["db"];

const VOTING = ["open", "escalated"];

const countWhere = (db: Db, where: ReturnType<typeof and>): number =>
  db.select({ n: count() }).from(t.approval).where(where).get()?.n ?? 0;

const outboxOf = (db: Db, nowMs: number) => {
  const waiting = or(eq(outbox.state, "pending"), eq(outbox.state, "sending"));
  const perTarget = (where: ReturnType<typeof and>) =>
    new Map(
      db
        .select({ target: outbox.target, n: count(), oldest: min(outbox.nextAt) })
        .from(outbox)
        .where(where)
        .groupBy(outbox.target)
        .all()
        .map((row) => [row.target, row]),
    );
  const all = perTarget(waiting);
  const due = perTarget(and(waiting, lte(outbox.nextAt, nowMs)));
  const dead = perTarget(eq(outbox.state, "dead"));
  const targets = db.selectDistinct({ target: outbox.target }).from(outbox).all();
  return targets
    .map(({ target }) => ({
      target,
      waiting: all.get(target)?.n ?? 0,
      dead: dead.get(target)?.n ?? 0,
      oldestDueAt: due.get(target)?.oldest ?? null,
    }))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
};

export const createFiguresReader = (db: Db, guard: Guard): FiguresReader => ({
  read: (nowMs) =>
    guard(() => {
      const voting = inArray(t.approval.status, VOTING);
      const runs = db
        .select({ status: t.run.status, n: count() })
        .from(t.run)
        .groupBy(t.run.status)
        .all();
      return {
        runs: Object.fromEntries(runs.map((row) => [row.status, row.n])),
        openApprovals: countWhere(db, voting),
        overdueApprovals: countWhere(db, and(voting, lt(t.approval.deadlineMs, nowMs))),
        outbox: outboxOf(db, nowMs),
        attemptsLive:
          db.select({ n: count() }).from(t.attempt).where(eq(t.attempt.status, "claimed")).get()
            ?.n ?? 0,
        workerBeatAt:
          db.select({ at: worker.beatAt }).from(worker).where(eq(worker.id, 1)).get()?.at ?? null,
        spentMicroUsd: Number(
          db
            .select({ total: sum(t.llmCall.microUsd) })
            .from(t.llmCall)
            .where(eq(t.llmCall.superseded, false))
            .get()?.total ?? 0,
        ),
      };
    }),
});
