import { and, asc, desc, eq, gt, gte, inArray, lt, lte, or, type SQL, sql } from "drizzle-orm";
import * as projection from "../tables/projection.ts";
import * as t from "../tables/watch.ts";
import type { WatchReader, WatchReads } from "../watch-port.ts";
import type { CostRow, IncidentState, MeasureRow, VerdictRow } from "../watch-rows.ts";
import type { Connection } from "./connect.ts";
import type { Guard } from "./guard.ts";

type Db = Connection["db"];
const PAGE = 200;

/** States in which an Incident still asks for something. */
const OPEN_STATES: readonly IncidentState[] = ["pending", "firing", "acked", "snoozed"];

const unsegmented = <T extends { readonly segment: string }>(row: T) => ({
  ...row,
  segment: row.segment === "" ? null : row.segment,
});

const given = <T>(value: T | undefined, condition: (value: T) => SQL | undefined) =>
  value === undefined ? undefined : condition(value);

/** What a plan may read of the watch, in the transaction that will write. */
export const createWatchReads = (db: Db): WatchReads => ({
  monitor: (id) => db.select().from(t.monitor).where(eq(t.monitor.id, id)).get() ?? null,
  slot: (schedule, slot) =>
    db
      .select()
      .from(t.scheduleSlot)
      .where(and(eq(t.scheduleSlot.schedule, schedule), eq(t.scheduleSlot.slot, slot)))
      .get() ?? null,
  incident: (id) => db.select().from(t.incident).where(eq(t.incident.id, id)).get() ?? null,
  lastOfGroup: (groupKey) =>
    db
      .select()
      .from(t.incident)
      .where(eq(t.incident.groupKey, groupKey))
      .orderBy(desc(t.incident.openedAt), desc(t.incident.id))
      .limit(1)
      .get() ?? null,
  openIncidents: () =>
    db
      .select()
      .from(t.incident)
      .where(inArray(t.incident.state, [...OPEN_STATES]))
      .orderBy(asc(t.incident.openedAt))
      .all(),
  silences: (nowMs) => db.select().from(t.silence).where(gt(t.silence.expiresAt, nowMs)).all(),
  silence: (id) => db.select().from(t.silence).where(eq(t.silence.id, id)).get() ?? null,
  subscription: (id) =>
    db.select().from(t.subscription).where(eq(t.subscription.id, id)).get() ?? null,
  release: (id) => db.select().from(t.release).where(eq(t.release.approvalId, id)).get() ?? null,
});

const slotsOf = (db: Db, schedule: string, state?: "done") =>
  db
    .select()
    .from(t.scheduleSlot)
    .where(
      and(
        eq(t.scheduleSlot.schedule, schedule),
        state === undefined ? undefined : eq(t.scheduleSlot.state, state),
      ),
    )
    .orderBy(desc(t.scheduleSlot.dueAt))
    .limit(1)
    .get() ?? null;

const findIncident = (db: Db, ref: string) => {
  const found = db
    .select()
    .from(t.incident)
    .where(sql`substr(${t.incident.id}, 1, ${ref.length}) = ${ref.toUpperCase()}`)
    .limit(2)
    .all();
  return found.length === 1 ? (found[0] ?? null) : null;
};

const incidentsWhere = (query: Parameters<WatchReader["incidents"]>[0]) =>
  and(
    given(query.states, (states) => inArray(t.incident.state, [...states])),
    given(query.assignee, (person) => eq(t.incident.assignee, person)),
    given(query.pipeline, (name) => or(eq(t.incident.pipeline, name), eq(t.incident.model, name))),
    given(query.sinceMs, (ms) =>
      or(gte(t.incident.openedAt, ms), gte(t.incident.endedAt, ms), gte(t.incident.lastSeen, ms)),
    ),
  );

const latestVerdicts = (db: Db, monitor: string): readonly VerdictRow[] => {
  const newest = db
    .select({ rule: t.verdict.rule, end: sql<number>`max(${t.verdict.windowEnd})` })
    .from(t.verdict)
    .where(eq(t.verdict.monitor, monitor))
    .groupBy(t.verdict.rule)
    .all();
  const { rule: ruleOf, windowEnd } = t.verdict;
  return newest.flatMap(({ end, rule }) =>
    db
      .select()
      .from(t.verdict)
      .where(and(eq(t.verdict.monitor, monitor), eq(ruleOf, rule), eq(windowEnd, end)))
      .orderBy(asc(t.verdict.subject))
      .all()
      .map(unsegmented),
  );
};

const seriesReaders = (
  db: Db,
  guard: Guard,
): Pick<WatchReader, "measures" | "verdicts" | "latestVerdicts" | "forget"> => ({
  measures: ({ limit = PAGE, monitor, name, sinceMs, subject }) =>
    guard((): readonly MeasureRow[] =>
      db
        .select()
        .from(t.measure)
        .where(
          and(
            eq(t.measure.monitor, monitor),
            given(subject, (text) => eq(t.measure.subject, text)),
            given(name, (text) => eq(t.measure.name, text)),
            given(sinceMs, (ms) => gte(t.measure.windowEnd, ms)),
          ),
        )
        .orderBy(desc(t.measure.windowEnd), asc(t.measure.subject))
        .limit(limit)
        .all()
        .map(unsegmented),
    ),
  verdicts: ({ limit = PAGE, monitor, sinceMs, subject }) =>
    guard((): readonly VerdictRow[] =>
      db
        .select()
        .from(t.verdict)
        .where(
          and(
            eq(t.verdict.monitor, monitor),
            given(subject, (text) => eq(t.verdict.subject, text)),
            given(sinceMs, (ms) => gte(t.verdict.windowEnd, ms)),
          ),
        )
        .orderBy(desc(t.verdict.windowEnd), asc(t.verdict.subject))
        .limit(limit)
        .all()
        .map(unsegmented),
    ),
  latestVerdicts: (monitor) => guard(() => latestVerdicts(db, monitor)),
  forget: (beforeMs) =>
    guard(
      () =>
        db.delete(t.measure).where(lt(t.measure.windowEnd, beforeMs)).run().changes +
        db.delete(t.verdict).where(lt(t.verdict.windowEnd, beforeMs)).run().changes,
    ),
});

const incidentReaders = (
  db: Db,
  guard: Guard,
): Pick<
  WatchReader,
  | "incident"
  | "findIncident"
  | "incidents"
  | "incidentsDue"
  | "alerts"
  | "incidentEvents"
  | "countEvents"
> => ({
  incident: (id) =>
    guard(() => db.select().from(t.incident).where(eq(t.incident.id, id)).get() ?? null),
  findIncident: (ref) => guard(() => findIncident(db, ref)),
  incidents: (query) =>
    guard(() =>
      db
        .select()
        .from(t.incident)
        .where(incidentsWhere(query))
        .orderBy(desc(t.incident.openedAt), desc(t.incident.id))
        .limit(query.limit ?? PAGE)
        .all(),
    ),
  incidentsDue: (nowMs) =>
    guard(() =>
      db
        .select()
        .from(t.incident)
        .where(lte(t.incident.nextAt, nowMs))
        .orderBy(asc(t.incident.nextAt))
        .all(),
    ),
  alerts: (incidentId) =>
    guard(() =>
      db
        .select()
        .from(t.alert)
        .where(eq(t.alert.incidentId, incidentId))
        .orderBy(asc(t.alert.since), asc(t.alert.subject))
        .all(),
    ),
  incidentEvents: (incidentId) =>
    guard(() =>
      db
        .select()
        .from(t.incidentEvent)
        .where(eq(t.incidentEvent.incidentId, incidentId))
        .orderBy(asc(t.incidentEvent.seq))
        .all(),
    ),
  countEvents: (type, sinceMs) =>
    guard(
      () =>
        db
          .select({ n: sql<number>`count(*)` })
          .from(t.incidentEvent)
          .where(and(eq(t.incidentEvent.type, type), gte(t.incidentEvent.at, sinceMs)))
          .get()?.n ?? 0,
    ),
});

const scheduleReaders = (
  db: Db,
  guard: Guard,
): Pick<WatchReader, "monitors" | "monitor" | "lastSlot" | "lastDone" | "claimed"> => ({
  monitors: ({ enabled, pipeline } = {}) =>
    guard(() =>
      db
        .select()
        .from(t.monitor)
        .where(
          and(
            given(pipeline, (name) => or(eq(t.monitor.pipeline, name), eq(t.monitor.model, name))),
            given(enabled, (on) => eq(t.monitor.enabled, on)),
          ),
        )
        .orderBy(asc(t.monitor.id))
        .all(),
    ),
  monitor: (id) =>
    guard(() => db.select().from(t.monitor).where(eq(t.monitor.id, id)).get() ?? null),
  lastSlot: (schedule) => guard(() => slotsOf(db, schedule)),
  lastDone: (schedule) => guard(() => slotsOf(db, schedule, "done")),
  claimed: (prefix) =>
    guard(() =>
      db
        .select()
        .from(t.scheduleSlot)
        .where(
          and(
            eq(t.scheduleSlot.state, "claimed"),
            sql`substr(${t.scheduleSlot.schedule}, 1, ${prefix.length}) = ${prefix}`,
          ),
        )
        .orderBy(asc(t.scheduleSlot.dueAt))
        .all(),
    ),
});

const releaseReaders = (
  db: Db,
  guard: Guard,
): Pick<WatchReader, "releases" | "release" | "releasesDue"> => ({
  releases: ({ limit = PAGE, runId } = {}) =>
    guard(() =>
      db
        .select()
        .from(t.release)
        .where(given(runId, (id) => eq(t.release.runId, id)))
        .orderBy(desc(t.release.at))
        .limit(limit)
        .all(),
    ),
  releasesDue: () =>
    guard(() =>
      db
        .select({
          approvalId: projection.approval.approvalId,
          runId: projection.approval.runId,
          status: projection.approval.status,
        })
        .from(projection.approval)
        .where(
          and(
            inArray(projection.approval.status, ["approved", "rejected", "voided"]),
            sql`json_extract(${projection.approval.body}, '$.kind') = 'release'`,
            sql`not exists (select 1 from ${t.release} where ${t.release.approvalId} = ${projection.approval.approvalId} and ${t.release.state} <> 'started')`,
          ),
        )
        .orderBy(asc(projection.approval.createdAt))
        .all(),
    ),
  release: (id) =>
    guard(() => db.select().from(t.release).where(eq(t.release.approvalId, id)).get() ?? null),
});

/** Readers of the watch's tables. */
export const createWatchReader = (db: Db, guard: Guard): WatchReader => ({
  ...scheduleReaders(db, guard),
  ...seriesReaders(db, guard),
  ...incidentReaders(db, guard),
  ...releaseReaders(db, guard),
  silences: (nowMs) =>
    guard(() =>
      db
        .select()
        .from(t.silence)
        .where(gt(t.silence.expiresAt, nowMs))
        .orderBy(asc(t.silence.expiresAt))
        .all(),
    ),
  subscriptions: () =>
    guard(() => db.select().from(t.subscription).orderBy(asc(t.subscription.id)).all()),
  digest: (subscription, slot) =>
    guard(
      () =>
        db
          .select()
          .from(t.digest)
          .where(and(eq(t.digest.subscription, subscription), eq(t.digest.slot, slot)))
          .get() ?? null,
    ),
  costs: ({ fromDay, toDay }) =>
    guard((): readonly CostRow[] =>
      db
        .select()
        .from(t.costLine)
        .where(and(gte(t.costLine.day, fromDay), lte(t.costLine.day, toDay)))
        .orderBy(asc(t.costLine.day))
        .all()
        .map(({ id: _id, ...row }) => row),
    ),
});
