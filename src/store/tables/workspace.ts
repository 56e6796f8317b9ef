import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Actor, FileEntry } from "../../engine/command.ts";
import type { AuditRow, CodeRow, IdentityRow, Json, PersonRow } from "../rows.ts";
import { canonicalText, jsonText } from "./columns.ts";

export const person = sqliteTable("person", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  roles: jsonText<readonly string[]>("roles").notNull(),
  active: integer("active", { mode: "boolean" }).notNull(),
  source: text("source").$type<PersonRow["source"]>().notNull().default("file"),
});

export const identity = sqliteTable(
  "identity",
  {
    kind: text("kind").$type<IdentityRow["kind"]>().notNull(),
    subject: text("subject").notNull(),
    personId: text("person_id")
      .notNull()
      .references(() => person.id),
    source: text("source").$type<IdentityRow["source"]>().notNull().default("file"),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.subject] }),
    index("identity_person").on(table.personId),
  ],
);

/** One-time codes. Only a salted, slow hash is kept, so that reading the database gives no code away. */
export const oneTimeCode = sqliteTable(
  "one_time_code",
  {
    lookup: text("lookup").primaryKey(),
    purpose: text("purpose").$type<CodeRow["purpose"]>().notNull(),
    personId: text("person_id").notNull(),
    subject: text("subject").notNull(),
    salt: text("salt").notNull(),
    hash: text("hash").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    triesLeft: integer("tries_left").notNull(),
    usedAt: integer("used_at"),
    usedKey: text("used_key"),
  },
  (table) => [index("code_of").on(table.purpose, table.personId, table.subject)],
);

/** `next_run` is the number that the next run gets. */
export const pipeline = sqliteTable(
  "pipeline",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    spec: jsonText<Json>("spec"),
    createdAt: integer("created_at").notNull(),
    nextRun: integer("next_run").notNull(),
  },
  (table) => [uniqueIndex("pipeline_name").on(table.name)],
);

export const manifest = sqliteTable("manifest", {
  hash: text("hash").primaryKey(),
  files: canonicalText<readonly FileEntry[]>("files").notNull(),
});

export const setting = sqliteTable("setting", {
  key: text("key").primaryKey(),
  value: jsonText<Json>("value").notNull(),
  changedAt: integer("changed_at").notNull(),
});

/** One row, id 1: who holds the worker role. */
export const worker = sqliteTable("worker", {
  id: integer("id").primaryKey(),
  owner: text("owner").notNull(),
  host: text("host").notNull(),
  pid: integer("pid").notNull(),
  since: integer("since").notNull(),
  fence: integer("fence").notNull(),
  beatAt: integer("beat_at").notNull(),
});

/** The heartbeat of a claim: the only lease that moves after the claim, so it is a row and no event. */
export const attemptBeat = sqliteTable("attempt_beat", {
  attemptId: text("attempt_id").primaryKey(),
  fence: integer("fence").notNull(),
  leaseUntil: integer("lease_until").notNull(),
  beatAt: integer("beat_at").notNull(),
});

export const audit = sqliteTable(
  "audit",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    at: integer("at").notNull(),
    runId: text("run_id"),
    actor: jsonText<Actor>("actor").notNull(),
    person: text("person"),
    onBehalfOf: text("on_behalf_of"),
    action: text("action").notNull(),
    subject: text("subject").notNull(),
    attested: text("attested").$type<Exclude<AuditRow["attested"], null>>(),
    policyVersion: text("policy_version"),
    evidence: text("evidence"),
    detail: jsonText<Json>("detail"),
    headSeq: integer("head_seq").notNull(),
    headHash: text("head_hash"),
    /** What the command changed about people, accounts, settings and codes. */
    changes: jsonText<Json>("changes"),
    prev: text("prev").notNull().default(""),
    hash: text("hash").notNull().default(""),
  },
  (table) => [index("audit_run").on(table.runId), index("audit_at").on(table.at)],
);
