import { z } from "zod";
import { UserInputError } from "../lib/errors.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";

/** One step of a run. Throws RUN_NOT_FOUND, STEP_NOT_FOUND. */
export const stepGet = defineOperation({
  name: "step_get",
  title: "One step of a run",
  description:
    "One step of a run: specialist, attempts, check counts, verification levels, open comments.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({ run_id: z.string(), step_id: z.string() }),
  output: z.strictObject({
    step_id: z.string(),
    phase: z.int(),
    status: z.string(),
    blocked: z.string().optional(),
    attempts: z.array(
      z.strictObject({ attempt_id: z.string(), no: z.int(), kind: z.string(), status: z.string() }),
    ),
    levels: z.record(z.string(), z.string()),
    block_findings: z.int(),
    warnings: z.int(),
    open_comments: z.array(z.string()),
  }),
  untrusted: ["open_comments"],
});

export const createStepGet =
  ({ runs }: Pick<CatalogDeps, "runs">): Handler<typeof stepGet> =>
  async ({ run_id, step_id }) => {
    const run = await findRun(runs, run_id);
    const state = await runs.state(run.runId);
    const step = state.steps[step_id];
    if (!step) {
      throw new UserInputError("STEP_NOT_FOUND", `${run.name} has no step "${step_id}"`, {
        next: `step_get with one of ${state.order.join(", ")}`,
      });
    }
    const attempts = Object.values(state.attempts).filter((attempt) => attempt.step === step_id);
    return {
      step_id,
      phase: step.step.phase,
      status: step.status,
      ...(step.blockedOn ? { blocked: `${step.blockedOn.on}: ${step.blockedOn.code}` } : {}),
      attempts: attempts.map(({ attemptId, kind, no, status }) => ({
        attempt_id: attemptId,
        no,
        kind,
        status,
      })),
      levels: { ...step.levels },
      block_findings: step.counts?.block ?? 0,
      warnings: step.counts?.warn ?? 0,
      open_comments: step.openComments.map((comment) => comment.text),
    };
  };
