import { z } from "zod";
import { defineOperation, type Handler, READ } from "./define.ts";
import { DeliveryShape, deliveryShape } from "./delivery-shape.ts";
import { findRun } from "./lookup.ts";
import type { CatalogDeps } from "./ports.ts";
import { RunShape, runShape, StepShape, stepShapes } from "./shapes.ts";

/** Where everything stands, or where one run stands. Throws RUN_NOT_FOUND. */
export const pipelineStatus = defineOperation({
  name: "pipeline_status",
  title: "Where everything stands",
  description:
    "Start here. What runs and what waits for a person; with run_id: its phases, steps, blockers and next step.",
  scope: "pipeline:read",
  toolset: "core",
  annotations: READ,
  input: z.strictObject({ run_id: z.string().optional() }),
  output: z.strictObject({
    summary: z.string(),
    runs: z.array(RunShape),
    steps: z.array(StepShape).optional(),
    delivery: DeliveryShape.optional(),
    open_approvals: z.array(
      z.strictObject({
        approval_id: z.string(),
        run: z.string(),
        kind: z.string(),
        phase: z.int().optional(),
      }),
    ),
    spend_usd: z.number(),
    next: z.array(z.string()),
  }),
});

const LIVE = ["running", "paused"] as const;

type Line = z.infer<typeof RunShape>;

const describe = (line: Line): string =>
  `${line.run}: ${line.status}${line.waits_for ? `, waits for ${line.waits_for}` : ""}`;

const nextCalls = (open: number, live: number): string[] => {
  if (open > 0) return ["approvals_list"];
  return live > 0 ? ["run_wait"] : ["run_start"];
};

const openShape = (approval: {
  readonly approvalId: string;
  readonly runName: string;
  readonly kind: string;
  readonly phase: number | null;
}) => ({
  approval_id: approval.approvalId,
  run: approval.runName,
  kind: approval.kind,
  ...(approval.phase ? { phase: approval.phase } : {}),
});

type Deps = Pick<CatalogDeps, "runs" | "approvals" | "delivery">;

const statusOfAll = async ({ approvals, runs }: Deps) => {
  const live = (await runs.search({ status: LIVE, limit: 10 })).items.map((run) => runShape(run));
  const open = await approvals.list({ limit: 10 });
  return {
    summary: `${live.length} live runs, ${open.length} decisions wait for people`,
    runs: live,
    open_approvals: open.map(openShape),
    spend_usd: live.reduce((sum, run) => sum + run.cost_usd, 0),
    next: nextCalls(open.length, live.length),
  };
};

const statusOfOne = async ({ approvals, delivery, runs }: Deps, ref: string) => {
  const run = await findRun(runs, ref);
  const state = await runs.state(run.runId);
  const open = await approvals.list({ runId: run.runId });
  const line = runShape(run, state);
  const delivered = await delivery.read(run.runId);
  return {
    summary: describe(line),
    runs: [line],
    steps: stepShapes(state),
    ...(delivered ? { delivery: deliveryShape(delivered) } : {}),
    open_approvals: open.map(openShape),
    spend_usd: line.cost_usd,
    next: nextCalls(open.length, 1),
  };
};

export const createPipelineStatus =
  (deps: Deps): Handler<typeof pipelineStatus> =>
  ({ run_id }) =>
    run_id === undefined ? statusOfAll(deps) : statusOfOne(deps, run_id);
