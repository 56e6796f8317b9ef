import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ModelCallRow } from "../rows.ts";

/** Calls of a model, written before the request leaves and again when its answer is whole. */
export const modelCall = sqliteTable(
  "model_call",
  {
    conversation: text("conversation").notNull(),
    turn: integer("turn").notNull(),
    no: integer("no").notNull(),
    attemptId: text("attempt_id").notNull(),
    runId: text("run_id").notNull(),
    state: text("state").$type<ModelCallRow["state"]>().notNull(),
    requestHash: text("request_hash").notNull(),
    replyHash: text("reply_hash"),
    fault: text("fault"),
    cells: integer("cells").notNull(),
    at: integer("at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [
    primaryKey({ columns: [table.conversation, table.turn, table.no] }),
    index("model_call_attempt").on(table.attemptId),
    index("model_call_run").on(table.runId),
  ],
);

/** What came of a turn; its document names the messages that follow its reply and the files after it. */
export const modelTurn = sqliteTable(
  "model_turn",
  {
    conversation: text("conversation").notNull(),
    turn: integer("turn").notNull(),
    attemptId: text("attempt_id").notNull(),
    runId: text("run_id").notNull(),
    documentHash: text("document_hash").notNull(),
    cells: integer("cells").notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.conversation, table.turn] }),
    index("model_turn_run").on(table.runId),
  ],
);
