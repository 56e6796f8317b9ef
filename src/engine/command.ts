import { z } from "zod";

export const Ms = z.int().min(0);
/** Micro-USD. */
export const Money = z.int();
export const Hash = z.string().length(64);
export const Id = z.ulid();
export const Path = z.string().min(1).max(300);
export const Phase = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
export const Level = z.enum(["executed", "compiled", "parsed", "unverified"]);
/** How a voter was proved; filled in by the runtime, never by a caller. */
export const Attested = z.enum(["slack", "code", "client", "none"]);
export type Attested = z.infer<typeof Attested>;

/** Who acts, through which surface; `model` is true when a language model chose the call. */
export const Actor = z.strictObject({
  person: z.string().nullable(),
  via: z.enum(["slack", "mcp", "cli", "worker", "monitor"]),
  ref: z.string(),
  model: z.boolean(),
});
export type Actor = z.infer<typeof Actor>;

export const Comment = z.strictObject({
  id: Id,
  file: Path.nullable(),
  line: z.int().nullable(),
  severity: z.enum(["must", "should", "question"]),
  text: z.string().min(1).max(4000),
  from: z.enum(["person", "assistant", "check"]),
});
export type Comment = z.infer<typeof Comment>;

export const Resolution = z.strictObject({
  commentId: Id,
  status: z.enum(["done", "partly", "declined"]),
  how: z.string().max(2000),
  files: z.array(Path),
});
export type Resolution = z.infer<typeof Resolution>;

export const Tokens = z.strictObject({
  input: z.int(),
  output: z.int(),
  read: z.int(),
  write5m: z.int(),
  write1h: z.int(),
  thinking: z.int(),
});
export type Tokens = z.infer<typeof Tokens>;

/** One step of the playbook. `files` are glob patterns of the paths it owns; `needs` names steps whose files or facts it reads. */
export const PlaybookStep = z.strictObject({
  key: z.string(),
  phase: Phase,
  needs: z.array(z.string()),
  deliverables: z.array(z.string()),
  files: z.array(z.string()),
});
export type PlaybookStep = z.infer<typeof PlaybookStep>;

/** Caps of a run; null = none stated. Hours count time in running, not waiting. */
export const Cap = z.strictObject({
  microUsd: Money.nullable(),
  tokens: z.int().nullable(),
  ms: z.int().nullable(),
});
export const Budget = z.strictObject({ run: Cap, phase: Cap });
export type Budget = z.infer<typeof Budget>;

export const BudgetScope = z.enum([
  "run.usd",
  "run.tokens",
  "run.ms",
  "phase.usd",
  "phase.tokens",
  "phase.ms",
  "day.usd",
  "workspace.usd",
]);
export type BudgetScope = z.infer<typeof BudgetScope>;

/** One file of a manifest. */
export const FileEntry = z.strictObject({ path: Path, sha256: Hash });
export type FileEntry = z.infer<typeof FileEntry>;

export const Counts = z.strictObject({
  block: z.int(),
  warn: z.int(),
  info: z.int(),
  later: z.int(),
  skipped: z.int(),
});
export type Counts = z.infer<typeof Counts>;

/** Lowest verification level per deliverable; parts left out do not count. */
export const Levels = z.record(z.string(), Level);
export type Levels = z.infer<typeof Levels>;

/** Work that a fork takes over from its parent: what a step was accepted with there. `attemptId` is new. */
export const Inherited = z.strictObject({
  step: z.string(),
  attemptId: Id,
  base: z.string(),
  manifestHash: Hash,
  files: z.int(),
  bytes: z.int(),
  summaryHash: Hash,
  findingsHash: Hash,
  counts: Counts,
  levels: Levels,
});

const body = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });

/** Everything that can be asked of a run. Ids, time and actor arrive in the envelope. */
export const CommandBody = z.discriminatedUnion("type", [
  body("StartRun", {
    pipelineId: z.string(),
    specHash: Hash,
    playbook: z.array(PlaybookStep).min(1),
    policyVersion: z.string(),
    budget: Budget,
    fork: z.strictObject({ runId: Id, seq: z.int() }).optional(),
    inherit: z.array(Inherited).optional(),
    retrain: z.strictObject({ runId: Id, approvalId: Id }).optional(),
  }),
  body("PauseRun", {}),
  body("ResumeRun", {}),
  body("CancelRun", { reason: z.string().max(2000) }),
  body("RerunRun", { fromPhase: Phase, reason: z.string().max(2000) }),
  body("ChangeSpec", { specHash: Hash, patchHash: Hash, commentIds: z.array(Id) }),
  body("AddComment", { comment: Comment }),
  body("ClaimAttempt", {
    stepKey: z.string(),
    attemptId: Id,
    worker: z.string(),
    leaseUntilMs: Ms,
  }),
  body("SubmitAttempt", {
    attemptId: Id,
    fence: z.int(),
    manifestHash: Hash,
    files: z.int(),
    bytes: z.int(),
    summaryHash: Hash,
    resolutions: z.array(Resolution),
  }),
  body("FailAttempt", {
    attemptId: Id,
    fence: z.int(),
    class: z.enum(["transient", "checks", "config", "person", "budget", "bug"]),
    code: z.string(),
    retryAtMs: Ms.optional(),
  }),
  body("ExpireAttempt", { attemptId: Id, fence: z.int() }),
  body("FinishChecks", {
    attemptId: Id,
    fence: z.int(),
    green: z.boolean(),
    counts: Counts,
    levels: Levels,
    comments: z.array(z.strictObject({ step: z.string(), comment: Comment })),
    findingsHash: Hash,
  }),
  body("SettleUsage", {
    attemptId: Id,
    call: z.string(),
    model: z.string(),
    tokens: Tokens,
    microUsd: Money,
    priceVersion: z.string(),
    outcome: z.enum(["ok", "aborted", "unknown"]),
    corrects: z.string().optional(),
  }),
  body("ExhaustBudget", {
    attemptId: Id,
    fence: z.int(),
    approvalId: Id,
    scope: BudgetScope,
    need: z.int(),
    have: z.int(),
  }),
  body("CastVote", {
    approvalId: Id,
    manifestHash: Hash.optional(),
    raiseTo: z.int().min(0).optional(),
    decision: z.enum(["approve", "request_changes", "reject"]),
    comments: z.array(Comment),
    onBehalfOf: z.string().optional(),
    attested: Attested,
    form: z.boolean().optional(),
  }),
  body("DelegateVotes", { to: z.string(), untilMs: Ms }),
  body("ExtendApproval", { approvalId: Id, deadlineMs: Ms }),
  body("WaiveLevel", { approvalId: Id, reason: z.string().min(1).max(2000) }),
  body("RequestRelease", {
    action: z.enum(["promote", "rollback", "retrain"]),
    ref: z.string(),
    manifestHash: Hash,
  }),
  body("TickApproval", { approvalId: Id, level: z.int(), what: z.enum(["remind", "expire"]) }),
  body("ObserveManifest", { phase: Phase, manifestHash: Hash }),
  body("UnblockStep", {
    stepKey: z.string(),
    how: z.enum(["retry", "use_draft"]),
    note: z.string().max(2000),
  }),
  body("RecordRepo", { of: z.string(), manifestHash: Hash, oid: z.string() }),
]);
export type CommandBody = z.infer<typeof CommandBody>;
export type CommandType = CommandBody["type"];

/** A command with its envelope. `ids` are fresh ULIDs the engine may use for what the command creates, in order. */
export const Command = z.strictObject({
  key: z.string().min(1).max(200),
  runId: Id,
  actor: Actor,
  nowMs: Ms,
  ids: z.array(Id),
  body: CommandBody,
});
export type Command = z.infer<typeof Command>;

/** What a command of one type carries besides its envelope. */
export type BodyOf<T extends CommandType> = Extract<CommandBody, { readonly type: T }>;
