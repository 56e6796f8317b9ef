import {
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Comment, Tokens } from "../../engine/command.ts";
import type {
  ApprovalState,
  AttemptState,
  PauseReason,
  RunStatus,
  StepState,
  VoteState,
} from "../../engine/state.ts";
import type { LlmCallRow, RunRow } from "../rows.ts";
import { canonicalText } from "./columns.ts";

const stamps = {
  createdAt: integer("created_at").notNull(),
  changedAt: integer("changed_at").notNull(),
};
type PhaseNo = 1 | 2 | 3 | 4;

export const run = sqliteTable(
  "run",
  {
    runId: text("run_id").primaryKey(),
    pipelineId: text("pipeline_id").notNull(),
    number: integer("number").notNull(),
    name: text("name").notNull(),
    status: text("status").$type<RunStatus>().notNull(),
    pauses: canonicalText<readonly PauseReason[]>("pauses").notNull(),
    currentPhase: integer("current_phase").$type<PhaseNo>(),
    startedBy: text("started_by"),
    specHash: text("spec_hash").notNull(),
    spentMicroUsd: integer("spent_micro_usd").notNull(),
    spentTokens: integer("spent_tokens").notNull(),
    openApprovals: integer("open_approvals").notNull(),
    steps: canonicalText<RunRow["steps"]>("steps").notNull(),
    failure: text("failure"),
    headSeq: integer("head_seq").notNull(),
    headHash: text("head_hash").notNull(),
    ...stamps,
  },
  (table) => [
    uniqueIndex("run_name").on(table.name),
    uniqueIndex("run_pipeline_number").on(table.pipelineId, table.number),
    index("run_status").on(table.status),
  ],
);

export const phase = sqliteTable(
  "phase",
  {
    runId: text("run_id").notNull(),
    phase: integer("phase").$type<PhaseNo>().notNull(),
    status: text("status")
      .$type<"pending" | "active" | "awaiting_approval" | "done" | "stale">()
      .notNull(),
    manifestHash: text("manifest_hash"),
    approvalId: text("approval_id"),
    revisions: integer("revisions").notNull(),
    ...stamps,
  },
  (table) => [primaryKey({ columns: [table.runId, table.phase] })],
);

export const step = sqliteTable(
  "step",
  {
    runId: text("run_id").notNull(),
    key: text("key").notNull(),
    position: integer("position").notNull(),
    status: text("status").notNull(),
    body: canonicalText<StepState>("body").notNull(),
    ...stamps,
  },
  (table) => [primaryKey({ columns: [table.runId, table.key] })],
);

export const attempt = sqliteTable(
  "attempt",
  {
    attemptId: text("attempt_id").primaryKey(),
    runId: text("run_id").notNull(),
    step: text("step").notNull(),
    status: text("status").notNull(),
    fence: integer("fence").notNull(),
    body: canonicalText<AttemptState>("body").notNull(),
    ...stamps,
  },
  (table) => [
    index("attempt_run_step").on(table.runId, table.step),
    index("attempt_status").on(table.status),
  ],
);

export const approval = sqliteTable(
  "approval",
  {
    approvalId: text("approval_id").primaryKey(),
    runId: text("run_id").notNull(),
    status: text("status").notNull(),
    deadlineMs: integer("deadline_ms").notNull(),
    body: canonicalText<ApprovalState>("body").notNull(),
    ...stamps,
  },
  (table) => [
    index("approval_run").on(table.runId),
    index("approval_status_deadline").on(table.status, table.deadlineMs),
  ],
);

export const vote = sqliteTable(
  "vote",
  {
    approvalId: text("approval_id").notNull(),
    voter: text("voter").notNull(),
    runId: text("run_id").notNull(),
    body: canonicalText<VoteState>("body").notNull(),
    ...stamps,
  },
  (table) => [
    primaryKey({ columns: [table.approvalId, table.voter] }),
    index("vote_run").on(table.runId),
  ],
);

export const comment = sqliteTable(
  "comment",
  {
    commentId: text("comment_id").notNull(),
    runId: text("run_id").notNull(),
    by: text("by"),
    status: text("status").notNull(),
    body: canonicalText<Comment>("body").notNull(),
    ...stamps,
  },
  (table) => [primaryKey({ columns: [table.runId, table.commentId] })],
);

/** Projection of UsageSettled under its own field names. */
export const llmCall = sqliteTable(
  "llm_call",
  {
    attemptId: text("attempt_id").notNull(),
    call: text("call").notNull(),
    runId: text("run_id").notNull(),
    step: text("step"),
    phase: integer("phase").$type<PhaseNo>(),
    model: text("model").notNull(),
    tokens: canonicalText<Tokens>("tokens").notNull(),
    microUsd: integer("micro_usd").notNull(),
    priceVersion: text("price_version").notNull(),
    outcome: text("outcome").$type<LlmCallRow["outcome"]>().notNull(),
    corrects: text("corrects"),
    superseded: integer("superseded", { mode: "boolean" }).notNull(),
    at: integer("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.attemptId, table.call] }),
    index("llm_call_run").on(table.runId),
    index("llm_call_at").on(table.at),
  ],
);
