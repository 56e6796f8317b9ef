import { present } from "../../operations/present.ts";
import { stepUnblock } from "../../operations/step-unblock.ts";
import type { CliContext, CommonOptions } from "../context.ts";
import { follow } from "../follow.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

export interface UnblockOptions extends CommonOptions {
  readonly draft?: boolean;
  readonly note?: string;
}

/** Lets a blocked specialist go on, once more or with its draft as it is. */
export const unblock = async (
  context: CliContext,
  run: string,
  step: string | undefined,
  options: UnblockOptions,
): Promise<ExitCode> => {
  const session = await context.open(present({ key: options.key }));
  try {
    const done = await session.call(stepUnblock, {
      run_id: run,
      how: options.draft ? "use_draft" : "retry",
      ...present({ step_id: step, note: options.note }),
    });
    if (options.wait) return await follow(context, session, done.run_id, done.run);
    answer(context.io, done, (value) => `${value.run}: ${value.step_id} is ${value.status}`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
