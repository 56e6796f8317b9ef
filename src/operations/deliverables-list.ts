import { z } from "zod";
import { phaseLevels } from "../engine/levels.ts";
import { DELIVERABLES } from "../spec/parts.ts";
import { defineOperation, type Handler, READ } from "./define.ts";
import { findRun } from "./lookup.ts";
import { offsetOf, pageOf } from "./paging.ts";
import type { CatalogDeps } from "./ports.ts";

const Shape = z.strictObject({
  deliverable: z.string(),
  title: z.string(),
  specialist: z.string(),
  phase: z.int(),
  level: z.string(),
  files: z.array(z.string()),
});

/** The deliverables of a run with their level and files. Throws RUN_NOT_FOUND, INVALID_CURSOR. */
export const deliverablesList = defineOperation({
  name: "deliverables_list",
  title: "Deliverables of a run",
  description:
    "Deliverables of a run: specialist, phase, verification level and files. Read one with deliverable_read.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({
    run_id: z.string(),
    phase: z.int().min(1).max(4).optional(),
    limit: z.int().min(1).max(100).default(100),
    cursor: z.string().optional(),
  }),
  output: z.strictObject({
    run_id: z.string(),
    deliverables: z.array(Shape),
    next_cursor: z.string().optional(),
  }),
  untrusted: ["deliverables.files"],
});

export const createDeliverablesList =
  ({ files, runs }: Pick<CatalogDeps, "runs" | "files">): Handler<typeof deliverablesList> =>
  async ({ cursor, limit, phase, run_id }) => {
    const offset = offsetOf(cursor, "deliverables_list");
    const run = await findRun(runs, run_id);
    const state = await runs.state(run.runId);
    const all = await files.list(run.runId, phase);
    const steps = state.order
      .flatMap((key) => state.steps[key] ?? [])
      .filter((step) => phase === undefined || step.step.phase === phase);
    const deliverables = steps.flatMap((step) => {
      const own = all.filter((file) => file.step === step.step.key);
      return step.step.deliverables.map((id) => ({
        deliverable: id,
        title: DELIVERABLES.find((deliverable) => deliverable.id === id)?.title ?? id,
        specialist: step.step.key,
        phase: step.step.phase,
        level:
          phaseLevels(state, step.step.phase)[id] ??
          (own.length === 0 ? "not written yet" : "unverified"),
        files: own.filter((file) => file.deliverable === id).map((file) => file.path),
      }));
    });
    const { items, next } = pageOf(deliverables, offset, limit);
    return { run_id: run.runId, deliverables: [...items], ...next };
  };
