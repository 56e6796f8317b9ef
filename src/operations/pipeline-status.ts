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
  input: z.strictObject({
    run_id: z.string().optional(),
    /** Concise lists ten of each, detailed fifty. */
    detail: z.enum(["concise", "detailed"]).default("concise"),
  }),
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
    /** Whether a process does the work, as its last sign of life says. */
    worker: z.string(),
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

type Deps = Pick<CatalogDeps, "runs" | "approvals" | "delivery" | "workerBeatAt" | "nowMs">;

/** A worker gives a sign every second; one that has been silent for this long is gone. */
const SILENT_MS = 10_000;

const workerOf = async ({ nowMs, workerBeatAt }: Deps): Promise<string> => {
  const at = await workerBeatAt();
  const age = at === null ? null : nowMs() - at;
  return age !== null && age < SILENT_MS
    ? `working, last sign ${Math.max(0, Math.round(age / 1000))} s ago`
    : "nobody works on runs: start mlpipeline serve";
};

const SHOWN = { concise: 10, detailed: 50 } as const;

const statusOfAll = async (deps: Deps, limit: number) => {
  const { approvals, runs } = deps;
  const live = (await runs.search({ status: LIVE, limit })).items.map((run) => runShape(run));
  const open = await approvals.list({ limit });
  return {
    summary: `${live.length} live runs, ${open.length} decisions wait for people`,
    runs: live,
    open_approvals: open.map(openShape),
    spend_usd: live.reduce((sum, run) => sum + run.cost_usd, 0),
    worker: await workerOf(deps),
    next: nextCalls(open.length, live.length),
  };
};

const statusOfOne = async (deps: Deps, ref: string) => {
  const { approvals, delivery, runs } = deps;
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
    worker: await workerOf(deps),
    next: nextCalls(open.length, 1),
  };
};

export const createPipelineStatus =
  (deps: Deps): Handler<typeof pipelineStatus> =>
  ({ detail, run_id }) =>
    run_id === undefined ? statusOfAll(deps, SHOWN[detail]) : statusOfOne(deps, run_id);
