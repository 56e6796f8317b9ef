import { z } from "zod";
import type { CommandBody } from "../engine/command.ts";
import { UserInputError } from "../lib/errors.ts";
import { DESTROY, defineOperation, type Handler } from "./define.ts";
import { findRun, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { runShape } from "./shapes.ts";

const Input = z.strictObject({
  run_id: z.string(),
  action: z.enum(["pause", "resume", "cancel", "retry", "use_draft", "rerun"]),
  step_id: z.string().optional(),
  phase: z.int().min(1).max(4).optional(),
  reason: z.string().max(2000).default(""),
  idempotency_key: z.string().max(120).optional(),
});

/** Pauses, resumes, cancels a run, retries a blocked step or reruns from a phase. Throws the engine's rejections. */
export const runControl = defineOperation({
  name: "run_control",
  title: "Control a run",
  description: "Pause, resume or cancel a run, retry a step, or rerun from a phase.",
  scope: "pipeline:run",
  toolset: "core",
  annotations: DESTROY,
  input: Input,
  output: z.strictObject({ run_id: z.string(), run: z.string(), status: z.string(), seq: z.int() }),
});

const need = <T>(value: T | undefined, field: string): T => {
  if (value !== undefined) return value;
  throw new UserInputError("INVALID_INPUT", `expected ${field} for this action, got nothing`, {
    next: `run_control with ${field}`,
  });
};

const commandOf = (input: z.infer<typeof Input>, blocked: string | undefined): CommandBody => {
  switch (input.action) {
    case "pause":
      return { type: "PauseRun" };
    case "resume":
      return { type: "ResumeRun" };
    case "cancel":
      return { type: "CancelRun", reason: input.reason };
    case "retry":
    case "use_draft":
      return {
        type: "UnblockStep",
        stepKey: need(input.step_id ?? blocked, "step_id"),
        how: input.action,
        note: input.reason,
      };
    case "rerun":
      return {
        type: "RerunRun",
        fromPhase: need(input.phase, "phase") as 1 | 2 | 3 | 4,
        reason: input.reason,
      };
    default:
      return input.action satisfies never;
  }
};

export const createRunControl =
  ({ commands, runs }: Pick<CatalogDeps, "runs" | "commands">): Handler<typeof runControl> =>
  async (input, call) => {
    const run = await findRun(runs, input.run_id);
    const state = await runs.state(run.runId);
    const blocked = state.order.find((key) => state.steps[key]?.blockedOn?.on === "person");
    const done = await commands.dispatch({
      key: input.idempotency_key ?? call.key,
      runId: run.runId,
      actor: call.actor,
      body: commandOf(input, blocked),
    });
    if (!done.ok) throw refuse(done.rejection);
    const after = await findRun(runs, run.runId);
    return { run_id: run.runId, run: run.name, status: runShape(after).status, seq: done.seq };
  };
