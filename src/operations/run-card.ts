import { z } from "zod";
import { currentPhase } from "../engine/phases.ts";
import type { RunState, StepState } from "../engine/state.ts";
import { MICRO_PER_USD } from "../lib/money.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun, waitsFor } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { present } from "./present.ts";

const Step = z.strictObject({
  specialist: z.string(),
  phase: z.int(),
  status: z.string(),
  kind: z.string(),
  repair_round: z.int(),
  attempts: z.int(),
  blocked: z.strictObject({ on: z.string(), code: z.string() }).optional(),
});

const Approval = z.strictObject({
  approval_id: z.string(),
  kind: z.string(),
  phase: z.int().optional(),
  status: z.string(),
});

/** One run as its message in a channel shows it. Throws RUN_NOT_FOUND. */
export const runCard = defineOperation({
  name: "run_card",
  title: "A run at a glance",
  description: "What a run's message shows: goal, steps, who started it, cost of budget, time.",
  scope: "pipeline:read",
  toolset: "people",
  annotations: READ,
  input: z.strictObject({ run_id: z.string() }),
  output: z.strictObject({
    run_id: z.string(),
    run: z.string(),
    pipeline: z.string(),
    goal: z.string(),
    started_by: z.string().optional(),
    /** The surface it was started from. */
    started_via: z.string(),
    status: z.string(),
    pauses: z.array(z.string()),
    phase: z.int().nullable(),
    waits_for: z.string().optional(),
    failure: z.string().optional(),
    steps: z.array(Step),
    /** Every approval of the run, oldest first. */
    approvals: z.array(Approval),
    /** The phase whose handoff comes next; null when none does. */
    next_handoff: z.int().nullable(),
    cost_usd: z.number(),
    budget_usd: z.number().nullable(),
    started_at: z.string(),
    updated_at: z.string(),
    log_head: z.string(),
  }),
});

const stepOf = ({ attempts, blockedOn, kind, repairRound, status, step }: StepState) => ({
  specialist: step.key,
  phase: step.phase,
  status,
  kind,
  repair_round: repairRound,
  attempts,
  ...(blockedOn ? { blocked: { on: blockedOn.on, code: blockedOn.code } } : {}),
});

const approvalsOf = (state: RunState) =>
  Object.values(state.approvals).map(({ approvalId, kind, phase, status }) => ({
    approval_id: approvalId,
    kind,
    ...(phase === null ? {} : { phase }),
    status,
  }));

const goalOf = (spec: unknown): string => {
  const goal = (spec as { readonly pipeline?: { readonly goal?: unknown } } | undefined)?.pipeline
    ?.goal;
  return typeof goal === "string" ? goal : "";
};

const nameOf = (
  people: readonly { readonly id: string; readonly name: string }[],
  id: string | null,
): string | null => (id === null ? null : (people.find((person) => person.id === id)?.name ?? id));

type Deps = Pick<CatalogDeps, "runs" | "people" | "pipelines" | "events">;

export const createRunCard =
  ({ events, people, pipelines, runs }: Deps): Handler<typeof runCard> =>
  async ({ run_id }) => {
    const run = await findRun(runs, run_id);
    const state = await runs.state(run.runId);
    const [pipeline, everyone, first] = await Promise.all([
      pipelines.find(state.pipelineId),
      people.list(),
      events.since(run.runId, 0, 1),
    ]);
    const cap = state.budget.run.microUsd;
    return {
      run_id: run.runId,
      run: run.name,
      pipeline: pipeline?.name ?? run.name,
      goal: goalOf(pipeline?.spec),
      status: state.status,
      pauses: [...state.pauses],
      phase: run.currentPhase,
      steps: state.order.flatMap((key) => state.steps[key] ?? []).map(stepOf),
      approvals: approvalsOf(state),
      next_handoff: ["running", "paused"].includes(state.status) ? currentPhase(state) : null,
      cost_usd: state.spent.microUsd / MICRO_PER_USD,
      budget_usd: cap === null ? null : cap / MICRO_PER_USD,
      started_via: first[0]?.actor.via ?? "worker",
      started_at: new Date(first[0]?.at ?? run.changedAt).toISOString(),
      updated_at: new Date(run.changedAt).toISOString(),
      log_head: run.headHash,
      ...present({
        started_by: nameOf(everyone, state.startedBy),
        waits_for: waitsFor(state),
        failure: state.failure,
      }),
    };
  };
