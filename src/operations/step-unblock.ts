import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import { findRun, refuse } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** A person lets a blocked specialist go on: once more, or with its draft as it is. Throws the engine's rejections. */
export const stepUnblock = defineOperation({
  name: "step_unblock",
  title: "Unblock a step",
  description: "Let a blocked specialist try again, or take its draft as it is. For people only.",
  scope: "pipeline:run",
  toolset: "people",
  annotations: WRITE,
  input: z.strictObject({
    run_id: z.string(),
    /** The specialist; left out, the one that is blocked. */
    step_id: z.string().optional(),
    how: z.enum(["retry", "use_draft"]),
    note: z.string().max(2000).default(""),
  }),
  output: z.strictObject({
    run_id: z.string(),
    run: z.string(),
    step_id: z.string(),
    status: z.string(),
  }),
});

export const createStepUnblock =
  ({ commands, runs }: Pick<CatalogDeps, "runs" | "commands">): Handler<typeof stepUnblock> =>
  async ({ how, note, run_id, step_id }, call) => {
    const run = await findRun(runs, run_id);
    const state = await runs.state(run.runId);
    const stepKey =
      step_id ?? state.order.find((key) => state.steps[key]?.blockedOn?.on === "person");
    if (stepKey === undefined)
      throw new UserInputError("NOT_READY", `no step of ${run.name} waits for a person`, {
        next: "pipeline_status",
      });
    const done = await commands.dispatch({
      key: call.key,
      runId: run.runId,
      actor: call.actor,
      body: { type: "UnblockStep", stepKey, how, note },
    });
    if (!done.ok) throw refuse(done.rejection);
    const after = await runs.state(run.runId);
    return {
      run_id: run.runId,
      run: run.name,
      step_id: stepKey,
      status: after.steps[stepKey]?.status ?? "",
    };
  };
