import { z } from "zod";
import { parseSourceArgument } from "../spec/source-argument.ts";
import { defineOperation, type Handler, WRITE } from "./define.ts";
import type { CatalogDeps } from "./ports.ts";
import { present } from "./present.ts";

/** Starts a run. Everything wrong or missing is listed at once and nothing is kept. Throws the codes of intake and data. */
export const runStart = defineOperation({
  name: "run_start",
  title: "Start a run",
  description:
    "Start a run of a pipeline from a goal, a dataset and a target column. Returns run_id at once, then use run_wait.",
  scope: "pipeline:run",
  toolset: "core",
  annotations: WRITE,
  input: z.strictObject({
    pipeline: z.string().max(60).optional(),
    goal: z.string().max(2000).optional(),
    dataset: z.string().max(2000).optional(),
    target: z.string().max(300).optional(),
    positive: z.string().max(300).optional(),
    /** `name=uri,key=a+b,event_time=c,credential=VARIABLE`; the first one holds the target unless `dataset` is given. */
    sources: z.array(z.string().max(2500)).max(20).optional(),
    remote: z.string().max(500).optional(),
    branch: z.string().max(200).optional(),
    options: z.record(z.string(), z.string()).default({}),
    /** Any keys of spec.yaml; what is said besides takes precedence. */
    spec: z.record(z.string(), z.unknown()).optional(),
    /** At most what the workspace allows a run. */
    budget_usd: z.number().min(0).max(1e5).optional(),
    idempotency_key: z.string().max(120).optional(),
  }),
  output: z.strictObject({
    run_id: z.string(),
    run: z.string(),
    status: z.string(),
    seq: z.int(),
    rows: z.int(),
    columns: z.int(),
    target: z.string(),
    assumptions: z.array(z.string()),
    warnings: z.array(z.string()),
    next: z.array(z.string()),
  }),
  untrusted: ["target", "assumptions", "warnings"],
});

export const createRunStart =
  ({ commands }: Pick<CatalogDeps, "commands">): Handler<typeof runStart> =>
  async (
    { budget_usd: budgetUsd, idempotency_key, options, pipeline: name, sources, ...said },
    call,
  ) => {
    const started = await commands.startRun(
      {
        ...present({ ...said, name, budgetUsd, sources: sources?.map(parseSourceArgument) }),
        options,
      },
      call.actor,
      idempotency_key ?? call.key,
    );
    const { facts } = started;
    return {
      run_id: started.runId,
      run: started.name,
      status: "running",
      seq: started.seq,
      rows: facts.profile.rows,
      columns: facts.profile.columns.length,
      target: `${facts.target.column} (${facts.target.kind})`,
      assumptions: facts.assumptions.map(
        (item) => `${item.subject}: ${item.assumed} (${item.why}; change: ${item.change})`,
      ),
      warnings: [...started.warnings],
      next: ["run_wait"],
    };
  };
