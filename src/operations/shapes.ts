import { z } from "zod";
import type { RunState } from "../engine/state.ts";
import { MICRO_PER_USD } from "../lib/money.ts";
import { waitsFor } from "./lookup.ts";
import type { RunLine } from "./ports.ts";

/** Fields that lists share: small pages by default. */
export const page = { limit: z.int().min(1).max(50).default(10), cursor: z.string().optional() };

export const RunShape = z.strictObject({
  run_id: z.string(),
  run: z.string(),
  status: z.string(),
  phase: z.int().nullable(),
  waits_for: z.string().optional(),
  cost_usd: z.number(),
  updated_at: z.string(),
});

export const StepShape = z.strictObject({
  specialist: z.string(),
  phase: z.int(),
  status: z.string(),
  attempts: z.int(),
  blocked: z.string().optional(),
});

/** One run as every list shows it. */
export const runShape = (run: RunLine, state?: RunState): z.infer<typeof RunShape> => {
  const waits = state ? waitsFor(state) : run.openApprovals > 0 ? "a decision" : null;
  return {
    run_id: run.runId,
    run: run.name,
    status: run.status === "paused" ? `paused (${run.pauses[0] ?? "manual"})` : run.status,
    phase: run.currentPhase,
    ...(waits === null ? {} : { waits_for: waits }),
    cost_usd: run.spentMicroUsd / MICRO_PER_USD,
    updated_at: new Date(run.changedAt).toISOString(),
  };
};

/** The seven steps in the order of the playbook. */
export const stepShapes = (state: RunState): z.infer<typeof StepShape>[] =>
  state.order.flatMap((key) => {
    const step = state.steps[key];
    if (!step) return [];
    return [
      {
        specialist: key,
        phase: step.step.phase,
        status: step.status,
        attempts: step.attempts,
        ...(step.blockedOn ? { blocked: `${step.blockedOn.on}: ${step.blockedOn.code}` } : {}),
      },
    ];
  });
