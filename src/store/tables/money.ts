import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ReservationRow } from "../rows.ts";

export const ledger = sqliteTable("ledger", {
  scope: text("scope").primaryKey(),
  cap: integer("cap"),
  spent: integer("spent").notNull(),
  held: integer("held").notNull(),
});

export const reservation = sqliteTable(
  "reservation",
  {
    attemptId: text("attempt_id").notNull(),
    call: text("call").notNull(),
    scope: text("scope").notNull(),
    amount: integer("amount").notNull(),
    settled: integer("settled"),
    state: text("state").$type<ReservationRow["state"]>().notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.attemptId, table.call, table.scope] }),
    index("reservation_state").on(table.state),
  ],
);
