import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { ApprovalReader } from "../groups.ts";
import type { ApprovalRow } from "../rows.ts";
import * as t from "../tables/projection.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

const OPEN = ["open", "escalated"] as const;
const MAX_PAGE = 200;

const rows = (db: Connection["db"]) =>
  db
    .select({ approval: t.approval, runName: t.run.name })
    .from(t.approval)
    .innerJoin(t.run, eq(t.run.runId, t.approval.runId));

const toRow = ({
  approval,
  runName,
}: {
  readonly approval: typeof t.approval.$inferSelect;
  readonly runName: string;
}): ApprovalRow => ({
  runId: approval.runId,
  runName,
  ...approval.body,
  createdAt: approval.createdAt,
  changedAt: approval.changedAt,
});

export const createApprovalReader = (db: Connection["db"], guard: Guard): ApprovalReader => ({
  find: (ref) =>
    guard(() => {
      if (!/^[0-9A-Z]{6,26}$/i.test(ref)) return null;
      const found = rows(db)
        .where(sql`${t.approval.approvalId} like ${`${ref.toUpperCase()}%`}`)
        .limit(2)
        .all();
      const only = found.length === 1 ? found[0] : undefined;
      return only ? toRow(only) : null;
    }),
  list: (query) =>
    guard(() =>
      rows(db)
        .where(
          and(
            inArray(t.approval.status, [...(query.status ?? OPEN)]),
            ...(query.runId === undefined ? [] : [eq(t.approval.runId, query.runId)]),
          ),
        )
        .orderBy(asc(t.approval.deadlineMs))
        .limit(Math.max(1, Math.min(query.limit ?? 50, MAX_PAGE)))
        .all()
        .map(toRow),
    ),
  votes: (approvalId) =>
    guard(() =>
      db
        .select()
        .from(t.vote)
        .where(eq(t.vote.approvalId, approvalId))
        .orderBy(asc(t.vote.changedAt))
        .all()
        .map(({ body, ...row }) => ({ ...row, ...body })),
    ),
});
