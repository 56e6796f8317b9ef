import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

/** Checks hash chain, projections and blobs of one run or of all; `head` is a log head to hold the log against. */
export const verify = async (
  context: CliContext,
  run: string | undefined,
  head: string | undefined,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const report = await session.verify(run ?? null, head ?? null);
    answer(context.io, report, (value) =>
      value.runs.length === 0
        ? "no run to verify"
        : table([
            ["run", "events", "result"],
            ...value.runs.map((line) => [
              line.run,
              String(line.events),
              line.ok ? line.said : `BROKEN: ${line.said}`,
            ]),
          ]),
    );
    return report.ok ? EXIT.ok : EXIT.blocked;
  } finally {
    await session.close();
  }
};
