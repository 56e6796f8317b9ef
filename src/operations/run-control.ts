import { z } from "zod";
import type { CommandBody } from "../engine/command.ts";
import { UserInputError } from "../lib/errors.ts";
import { type Call, DESTROY, defineOperation, type Handler } from "./define.ts";
import { findRun, refuse } from "./lookup.ts";
import type { CatalogDeps, RunLine } from "./ports.ts";
import { rerunCost } from "./rerun-cost.ts";
import { runShape } from "./shapes.ts";

const Input = z.strictObject({
  run_id: z.string(),
  action: z.enum(["pause", "resume", "cancel", "retry", "use_draft", "rerun"]),
  step_id: z.string().optional(),
  phase: z.int().min(1).max(4).optional(),
  reason: z.string().max(2000).default(""),
  /** Rerun: only say what would be done again and what it cost before. */
  dry_run: z.boolean().default(false),
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
  output: z.strictObject({
    run_id: z.string(),
    run: z.string(),
    status: z.string(),
    seq: z.int(),
    /** Rerun: the specialists that work again, and what they cost the last time. */
    again: z.array(z.string()).optional(),
    cost_usd: z.number().optional(),
    /** Rerun of a completed run, which stays as it is: `run` is then a new one. */
    forked_from: z.string().optional(),
  }),
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

type Deps = Pick<CatalogDeps, "runs" | "commands">;
type Phase = 1 | 2 | 3 | 4;

const control = async (
  { commands, runs }: Deps,
  run: RunLine,
  body: CommandBody,
  call: Call,
): Promise<z.input<typeof runControl.output>> => {
  const done = await commands.dispatch({
    key: call.key,
    runId: run.runId,
    actor: call.actor,
    body,
  });
  if (!done.ok) throw refuse(done.rejection);
  const after = await findRun(runs, run.runId);
  return { run_id: run.runId, run: run.name, status: runShape(after).status, seq: done.seq };
};

/** A live run goes back to the phase; a completed one stays as it is and is forked there. */
const rerun = async (
  deps: Deps,
  run: RunLine,
  input: z.infer<typeof Input>,
  call: Call,
): Promise<z.input<typeof runControl.output>> => {
  const state = await deps.runs.state(run.runId);
  const phase = need(input.phase, "phase") as Phase;
  const { steps, usd } = rerunCost(state, phase);
  const shown = { again: [...steps], cost_usd: usd };
  const forks = run.status === "completed";
  if (input.dry_run) {
    const { runId: run_id, headSeq: seq, name } = run;
    const from = forks ? { forked_from: name } : {};
    return { run_id, run: name, status: runShape(run).status, seq, ...shown, ...from };
  }
  if (!forks) return { ...(await control(deps, run, commandOf(input, undefined), call)), ...shown };
  const made = await deps.commands.forkRun(run.runId, phase, call.actor, call.key);
  return {
    run_id: made.runId,
    run: made.name,
    status: "running",
    seq: made.seq,
    ...shown,
    forked_from: run.name,
  };
};

export const createRunControl =
  (deps: Deps): Handler<typeof runControl> =>
  async (input, given) => {
    const call = { ...given, key: input.idempotency_key ?? given.key };
    const run = await findRun(deps.runs, input.run_id);
    if (input.action === "rerun") return rerun(deps, run, input, call);
    const state = await deps.runs.state(run.runId);
    const blocked = state.order.find((key) => state.steps[key]?.blockedOn?.on === "person");
    return control(deps, run, commandOf(input, blocked), call);
  };
