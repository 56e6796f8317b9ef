import { and, asc, desc, eq, inArray, like, lt, or, sql } from "drizzle-orm";
import type { RunQuery, RunReader } from "../groups.ts";
import type { RunRow } from "../rows.ts";
import * as t from "../tables/projection.ts";
import { pipeline } from "../tables/workspace.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";
import type { Loader } from "./load.ts";

type Db = Connection["db"];

const LIVE = ["running", "paused"] as const;
const MAX_PAGE = 200;
const MAX_CANDIDATES = 5;
const ULID_PREFIX = /^[0-9a-z]{1,26}$/i;

const find = (db: Db, ref: string): RunRow | null | { readonly candidates: readonly RunRow[] } => {
  const exact = db
    .select()
    .from(t.run)
    .where(or(eq(t.run.runId, ref.toUpperCase()), sql`lower(${t.run.name}) = ${ref.toLowerCase()}`))
    .get();
  if (exact) return exact;
  const byId = ULID_PREFIX.test(ref)
    ? db
        .select()
        .from(t.run)
        .where(like(t.run.runId, `${ref.toUpperCase()}%`))
        .limit(MAX_CANDIDATES)
        .all()
    : [];
  if (byId.length === 1) return byId[0] ?? null;
  if (byId.length > 1) return { candidates: byId };
  // The name of a pipeline means its newest run.
  const newest = db
    .select({ run: t.run })
    .from(t.run)
    .innerJoin(pipeline, eq(pipeline.id, t.run.pipelineId))
    .where(sql`lower(${pipeline.name}) = ${ref.toLowerCase()}`)
    .orderBy(desc(t.run.number))
    .limit(1)
    .get();
  return newest?.run ?? null;
};

const conditions = (query: RunQuery) => [
  ...(query.text === undefined
    ? []
    : [sql`instr(lower(${t.run.name}), ${query.text.toLowerCase()}) > 0`]),
  ...(query.status === undefined ? [] : [inArray(t.run.status, [...query.status])]),
  ...(query.pipelineId === undefined ? [] : [eq(t.run.pipelineId, query.pipelineId)]),
  ...(query.startedBy === undefined ? [] : [eq(t.run.startedBy, query.startedBy)]),
  ...(query.cursor ? [lt(t.run.runId, query.cursor)] : []),
];

export const createRunReader = (db: Db, loader: Loader, guard: Guard): RunReader => ({
  find: (ref) => guard(() => find(db, ref)),
  // Ids are sorted by creation time, so the newest run has the greatest.
  search: (query) =>
    guard(() => {
      const limit = Math.max(1, Math.min(query.limit ?? 20, MAX_PAGE));
      const rows = db
        .select()
        .from(t.run)
        .where(and(...conditions(query)))
        .orderBy(desc(t.run.runId))
        .limit(limit + 1)
        .all();
      const items = rows.slice(0, limit);
      return { items, next: rows.length > limit ? (items.at(-1)?.runId ?? null) : null };
    }),
  live: () =>
    guard(() =>
      db
        .select()
        .from(t.run)
        .where(inArray(t.run.status, [...LIVE]))
        .orderBy(asc(t.run.runId))
        .all(),
    ),
  state: (runId) => guard(() => loader.load(runId).folded.state),
  phases: (runId) =>
    guard(() =>
      db.select().from(t.phase).where(eq(t.phase.runId, runId)).orderBy(asc(t.phase.phase)).all(),
    ),
  steps: (runId) =>
    guard(() =>
      db
        .select()
        .from(t.step)
        .where(eq(t.step.runId, runId))
        .orderBy(asc(t.step.position))
        .all()
        .map(({ body, changedAt, createdAt }) => ({ runId, ...body, createdAt, changedAt })),
    ),
});
