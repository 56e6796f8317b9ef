import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Json } from "../rows.ts";
import type {
  AlertRow,
  IncidentRow,
  ReleaseRow,
  Severity,
  SlotRow,
  SubscriptionRow,
  WatchKind,
} from "../watch-rows.ts";
import { jsonText } from "./columns.ts";

export const monitor = sqliteTable(
  "monitor",
  {
    id: text("id").primaryKey(),
    pipeline: text("pipeline").notNull(),
    model: text("model").notNull(),
    kind: text("kind").$type<WatchKind>().notNull(),
    cron: text("cron").notNull(),
    zone: text("zone").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    spec: jsonText<Json>("spec").notNull(),
    createdBy: text("created_by"),
    createdAt: integer("created_at").notNull(),
    checkedAt: integer("checked_at"),
    fault: text("fault"),
    state: jsonText<Json>("state"),
  },
  (table) => [index("monitor_pipeline").on(table.pipeline)],
);

export const scheduleSlot = sqliteTable(
  "schedule_slot",
  {
    schedule: text("schedule").notNull(),
    slot: text("slot").notNull(),
    state: text("state").$type<SlotRow["state"]>().notNull(),
    dueAt: integer("due_at").notNull(),
    leaseUntil: integer("lease_until").notNull(),
    at: integer("at").notNull(),
    contentHash: text("content_hash"),
  },
  (table) => [
    primaryKey({ columns: [table.schedule, table.slot] }),
    index("slot_due").on(table.schedule, table.dueAt),
  ],
);

/** `segment` is "" where all rows are meant, so that it can be part of the key. */
export const measure = sqliteTable(
  "measure",
  {
    monitor: text("monitor").notNull(),
    subject: text("subject").notNull(),
    segment: text("segment").notNull(),
    name: text("name").notNull(),
    windowStart: integer("window_start").notNull(),
    windowEnd: integer("window_end").notNull(),
    body: jsonText<Json>("body").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.monitor, table.windowEnd, table.subject, table.segment, table.name],
    }),
    index("measure_subject").on(table.monitor, table.subject, table.windowEnd),
  ],
);

export const verdict = sqliteTable(
  "verdict",
  {
    monitor: text("monitor").notNull(),
    subject: text("subject").notNull(),
    segment: text("segment").notNull(),
    rule: text("rule").notNull(),
    windowEnd: integer("window_end").notNull(),
    level: text("level").notNull(),
    firing: integer("firing", { mode: "boolean" }).notNull(),
    body: jsonText<Json>("body").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.monitor, table.windowEnd, table.subject, table.segment, table.rule],
    }),
  ],
);

export const incident = sqliteTable(
  "incident",
  {
    id: text("id").primaryKey(),
    groupKey: text("group_key").notNull(),
    pipeline: text("pipeline").notNull(),
    model: text("model").notNull(),
    cause: text("cause").$type<WatchKind>().notNull(),
    state: text("state").$type<IncidentRow["state"]>().notNull(),
    severity: text("severity").$type<Severity>().notNull(),
    openedAt: integer("opened_at").notNull(),
    lastSeen: integer("last_seen").notNull(),
    endedAt: integer("ended_at"),
    assignee: text("assignee"),
    nextAt: integer("next_at"),
    revision: integer("revision").notNull(),
    body: jsonText<Json>("body").notNull(),
  },
  (table) => [
    index("incident_group").on(table.groupKey, table.lastSeen),
    index("incident_state").on(table.state),
    index("incident_next").on(table.nextAt),
  ],
);

export const alert = sqliteTable(
  "alert",
  {
    id: text("id").primaryKey(),
    incidentId: text("incident_id").notNull(),
    fingerprint: text("fingerprint").notNull(),
    open: integer("open", { mode: "boolean" }).notNull(),
    severity: text("severity").$type<Severity>().notNull(),
    kind: text("kind").$type<AlertRow["kind"]>().notNull(),
    subject: text("subject").notNull(),
    since: integer("since").notNull(),
    closedAt: integer("closed_at"),
    body: jsonText<Json>("body").notNull(),
  },
  (table) => [
    uniqueIndex("alert_open_fingerprint").on(table.fingerprint).where(sql`${table.open} = 1`),
    index("alert_incident").on(table.incidentId),
  ],
);

export const incidentEvent = sqliteTable(
  "incident_event",
  {
    incidentId: text("incident_id").notNull(),
    seq: integer("seq").notNull(),
    type: text("type").notNull(),
    at: integer("at").notNull(),
    actor: jsonText<Json>("actor").notNull(),
    body: jsonText<Json>("body").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.incidentId, table.seq] }),
    index("incident_event_at").on(table.at),
  ],
);

export const silence = sqliteTable("silence", {
  id: text("id").primaryKey(),
  matchers: jsonText<Readonly<Record<string, string>>>("matchers").notNull(),
  author: text("author").notNull(),
  reason: text("reason").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const subscription = sqliteTable("digest_subscription", {
  id: text("id").primaryKey(),
  kind: text("kind").$type<SubscriptionRow["kind"]>().notNull(),
  target: text("target").notNull(),
  cron: text("cron").notNull(),
  zone: text("zone").notNull(),
  whenQuiet: text("when_quiet").$type<SubscriptionRow["whenQuiet"]>().notNull(),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  createdBy: text("created_by"),
  since: integer("since").notNull(),
});

export const digest = sqliteTable(
  "digest",
  {
    subscription: text("subscription").notNull(),
    slot: text("slot").notNull(),
    madeAt: integer("made_at").notNull(),
    body: jsonText<Json>("body").notNull(),
  },
  (table) => [primaryKey({ columns: [table.subscription, table.slot] })],
);

export const release = sqliteTable("release", {
  approvalId: text("approval_id").primaryKey(),
  runId: text("run_id").notNull(),
  action: text("action").$type<ReleaseRow["action"]>().notNull(),
  ref: text("ref").notNull(),
  state: text("state").$type<ReleaseRow["state"]>().notNull(),
  said: text("said").notNull(),
  at: integer("at").notNull(),
  body: jsonText<Json>("body"),
});

export const costLine = sqliteTable(
  "cost_line",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    day: text("day").notNull(),
    source: text("source").notNull(),
    provider: text("provider").notNull(),
    subAccount: text("sub_account").notNull(),
    serviceCategory: text("service_category").notNull(),
    service: text("service").notNull(),
    resourceId: text("resource_id").notNull(),
    region: text("region").notNull(),
    pricingCategory: text("pricing_category").notNull(),
    chargeCategory: text("charge_category").notNull(),
    billed: integer("billed").notNull(),
    effective: integer("effective").notNull(),
    list: integer("list").notNull(),
    currency: text("currency").notNull(),
    qty: jsonText<number>("qty").notNull(),
    unit: text("unit").notNull(),
    pipeline: text("pipeline").notNull(),
    model: text("model").notNull(),
    runId: text("run_id").notNull(),
    phase: text("phase").notNull(),
    tags: jsonText<Readonly<Record<string, string>>>("tags").notNull(),
    estimate: integer("estimate", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("cost_source_day").on(table.source, table.day),
    index("cost_day").on(table.day),
  ],
);
