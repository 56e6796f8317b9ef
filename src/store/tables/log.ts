import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Json } from "../rows.ts";
import { jsonText } from "./columns.ts";

/** The log. `actor` and `body` are the very texts that `hash` covers; `pos` orders the events of all runs and is not hashed. */
export const event = sqliteTable(
  "event",
  {
    pos: integer("pos").primaryKey({ autoIncrement: true }),
    runId: text("run_id").notNull(),
    seq: integer("seq").notNull(),
    type: text("type").notNull(),
    v: integer("v").notNull(),
    at: integer("at").notNull(),
    actor: text("actor").notNull(),
    cause: text("cause").notNull(),
    body: text("body").notNull(),
    prev: text("prev").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [uniqueIndex("event_run_seq").on(table.runId, table.seq)],
);

export const commandKey = sqliteTable(
  "command_key",
  {
    key: text("key").primaryKey(),
    runId: text("run_id").notNull(),
    payloadHash: text("payload_hash").notNull(),
    answer: jsonText<Json>("answer"),
    headSeq: integer("head_seq").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [index("command_key_at").on(table.at)],
);

/** A fold kept to start from. Used only while `hash` is that of the event at `seq` and `body_hash` that of the body. */
export const snapshotState = sqliteTable("snapshot_state", {
  runId: text("run_id").primaryKey(),
  seq: integer("seq").notNull(),
  hash: text("hash").notNull(),
  foldVersion: integer("fold_version").notNull(),
  body: text("body").notNull(),
  bodyHash: text("body_hash").notNull(),
});
