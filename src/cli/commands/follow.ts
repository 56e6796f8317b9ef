import { runFollow } from "../../operations/run-follow.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";

/** Follows a run, or not any more; the news come by direct message in Slack. */
export const follow = async (
  context: CliContext,
  run: string,
  wanted: boolean,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const done = await session.call(runFollow, { run_id: run, follow: wanted });
    answer(context.io, done, (value) =>
      value.follows
        ? `following ${value.run}: the bot tells you in Slack`
        : `no longer following ${value.run}`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
