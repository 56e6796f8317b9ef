import { z } from "zod";
import type { PersonRoles } from "../engine/context.ts";
import type { ApprovalState } from "../engine/state.ts";
import { eligible } from "../engine/voting.ts";
import { MICRO_PER_USD } from "../lib/money.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import { offsetOf, pageOf } from "./paging.ts";
import type { CatalogDeps } from "./ports.ts";
import { page } from "./shapes.ts";

const Shape = z.strictObject({
  approval_id: z.string(),
  kind: z.string(),
  run: z.string(),
  run_id: z.string(),
  phase: z.int().optional(),
  risk: z.string(),
  revision: z.int(),
  manifest: z.string().optional(),
  may_decide: z.array(z.string()),
  quorum: z.int(),
  votes: z.array(z.strictObject({ person: z.string(), decision: z.string() })),
  below_level: z.array(z.string()),
  /** What a budget approval asks for: `need` more was wanted than `have` was left, both in `unit`. */
  ask: z
    .strictObject({
      scope: z.string(),
      unit: z.enum(["usd", "tokens", "hours"]),
      need: z.number(),
      have: z.number(),
    })
    .optional(),
  release: z.strictObject({ action: z.string(), ref: z.string() }).optional(),
  expires_at: z.string(),
});

/** The most that the store gives at once. */
const MOST = 200;

/** Approvals that wait for people. Throws RUN_NOT_FOUND, INVALID_CURSOR. */
export const approvalsList = defineOperation({
  name: "approvals_list",
  title: "What waits for people",
  description: "Approvals that wait for people: risk, who may decide, votes, deadline.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({
    run_id: z.string().optional(),
    ...page,
  }),
  output: z.strictObject({ approvals: z.array(Shape), next_cursor: z.string().optional() }),
});

/** Ids of the people who may decide: those named or with a named role, else the owner alone, and whom it escalated to. */
export const mayDecide = (
  { level, policy }: Pick<ApprovalState, "level" | "policy">,
  people: readonly PersonRoles[],
): readonly string[] => eligible(policy, level, people);

const MS_PER_HOUR = 3_600_000;

const askShape = ({ ask }: ApprovalState): Pick<z.infer<typeof Shape>, "ask" | "release"> => {
  if (ask === null) return {};
  if (ask.kind === "release") return { release: { action: ask.action, ref: ask.ref } };
  const [, counted = "usd"] = ask.scope.split(".");
  const unit = counted === "tokens" ? "tokens" : counted === "ms" ? "hours" : "usd";
  const size = { usd: MICRO_PER_USD, tokens: 1, hours: MS_PER_HOUR }[unit];
  return { ask: { scope: ask.scope, unit, need: ask.need / size, have: ask.have / size } };
};

export const createApprovalsList =
  ({
    approvals,
    people,
    runs,
  }: Pick<CatalogDeps, "runs" | "approvals" | "people">): Handler<typeof approvalsList> =>
  async ({ cursor, limit, run_id }) => {
    const offset = offsetOf(cursor, "approvals_list");
    const run = run_id === undefined ? null : await findRun(runs, run_id);
    const [open, everyone] = [
      await approvals.list({ limit: MOST, ...(run ? { runId: run.runId } : {}) }),
      await people.list(),
    ];
    const { items, next } = pageOf(open, offset, limit);
    return {
      ...next,
      approvals: items.map((approval) => ({
        approval_id: approval.approvalId,
        kind: approval.kind,
        run: approval.runName,
        run_id: approval.runId,
        ...(approval.phase ? { phase: approval.phase } : {}),
        risk: approval.risk,
        revision: approval.revision,
        ...(approval.manifestHash ? { manifest: approval.manifestHash } : {}),
        may_decide: [...mayDecide(approval, everyone)],
        quorum: approval.policy.quorum,
        votes: approval.votes.map(({ decision, person }) => ({ person, decision })),
        below_level: approval.waived ? [] : [...approval.belowLevel],
        ...askShape(approval),
        expires_at: new Date(approval.deadlineMs).toISOString(),
      })),
    };
  };
