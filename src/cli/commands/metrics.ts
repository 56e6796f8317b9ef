import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../io.ts";
import type { Keeping } from "../keeping.ts";

/** A worker beats every second; a minute without one means that nobody works. */
const SILENT_SECONDS = 60;

/** Prints the figures in Prometheus' text format; with `check` says instead whether a worker is alive. */
export const metrics = async (
  context: CliContext,
  read: Keeping["metrics"],
  check: boolean,
): Promise<ExitCode> => {
  const { text, workerBeatSeconds } = await read();
  if (!check) {
    context.io.out(text.trimEnd());
    return EXIT.ok;
  }
  const alive = workerBeatSeconds !== null && workerBeatSeconds < SILENT_SECONDS;
  context.io.out(
    alive
      ? `a worker is alive: last beat ${workerBeatSeconds} s ago`
      : `no worker: ${workerBeatSeconds === null ? "nobody ever worked here" : `last beat ${workerBeatSeconds} s ago`}; next: mlpipeline serve`,
  );
  return alive ? EXIT.ok : EXIT.blocked;
};
