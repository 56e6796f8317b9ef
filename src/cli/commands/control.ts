import { runControl } from "../../operations/run-control.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

export interface ControlOptions extends CommonOptions {
  readonly reason?: string;
  readonly step?: string;
  readonly phase?: number;
}

export type ControlAction = "pause" | "resume" | "cancel" | "retry" | "use_draft" | "rerun";

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
    });
    if (!options.wait) {
      answer(context.io, done, (value) => `${value.run} is ${value.status}`);
      return EXIT.ok;
    }
    return await follow(context, session, done.run_id, done.run);
  } finally {
    await session.close();
  }
};
