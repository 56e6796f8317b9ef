import type { z } from "zod";
import { runControl } from "../../operations/run-control.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

export interface ControlOptions extends CommonOptions {
  readonly reason?: string;
  readonly step?: string;
  readonly phase?: number;
  readonly dryRun?: boolean;
}

export type ControlAction = "pause" | "resume" | "cancel" | "retry" | "use_draft" | "rerun";

/** What a control came to; for a rerun also which specialists work again and what they cost the last time. */
const linesOf = (done: z.output<typeof runControl.output>, dry: boolean): readonly string[] => [
  ...(done.again === undefined
    ? []
    : [
        `${dry ? "would work" : "works"} again: ${done.again.join(", ")}; the last time they cost $${(done.cost_usd ?? 0).toFixed(2)}`,
      ]),
  ...(done.forked_from === undefined
    ? []
    : [`${done.forked_from} is complete and stays as it is${dry ? "; a new run is made" : ""}`]),
  ...(dry ? [] : [`${done.run} is ${done.status}`]),
];

/** Pause, resume, cancel, retry and rerun are one operation with an action. */
export const control = async (
  context: CliContext,
  action: ControlAction,
  run: string,
  options: ControlOptions,
): Promise<ExitCode> => {
  const session = await context.open(options.key === undefined ? {} : { key: options.key });
  try {
    const done = await session.call(runControl, {
      run_id: run,
      action,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...(options.step === undefined ? {} : { step_id: options.step }),
      ...(options.phase === undefined ? {} : { phase: options.phase }),
      ...(options.dryRun ? { dry_run: true } : {}),
    });
    if (!options.wait || options.dryRun) {
      answer(context.io, done, (value) => linesOf(value, options.dryRun ?? false).join("\n"));
      return EXIT.ok;
    }
    return await follow(context, session, done.run_id, done.run);
  } finally {
    await session.close();
  }
};
