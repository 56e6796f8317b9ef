import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Json, OutboxRow } from "../rows.ts";
import { jsonText } from "./columns.ts";

export const outbox = sqliteTable(
  "outbox",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    effectKey: text("effect_key").notNull(),
    runId: text("run_id"),
    seq: integer("seq").notNull(),
    target: text("target").notNull(),
    lane: text("lane").notNull(),
    kind: text("kind").notNull(),
    body: jsonText<Json>("body"),
    state: text("state").$type<OutboxRow["state"]>().notNull(),
    tries: integer("tries").notNull(),
    createdAt: integer("created_at").notNull(),
    nextAt: integer("next_at").notNull(),
    leaseUntil: integer("lease_until"),
    token: text("token"),
    externalRef: text("external_ref"),
    lastError: text("last_error"),
  },
  (table) => [
    index("outbox_state_target").on(table.state, table.target, table.lane, table.id),
    index("outbox_effect").on(table.target, table.effectKey, table.state),
  ],
);

export const inbox = sqliteTable(
  "inbox",
  {
    key: text("key").primaryKey(),
    source: text("source").notNull(),
    body: jsonText<Json>("body"),
    receivedAt: integer("received_at").notNull(),
    tries: integer("tries").notNull(),
    leaseUntil: integer("lease_until").notNull(),
    doneAt: integer("done_at"),
  },
  (table) => [index("inbox_open").on(table.doneAt, table.receivedAt)],
);

export const messageIndex = sqliteTable(
  "message_index",
  {
    target: text("target").notNull(),
    effectKey: text("effect_key").notNull(),
    externalRef: text("external_ref").notNull(),
    revision: integer("revision").notNull(),
    hash: text("hash").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.target, table.effectKey] }),
    index("message_ref").on(table.target, table.externalRef),
  ],
);
