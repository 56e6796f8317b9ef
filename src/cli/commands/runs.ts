import { runsSearch } from "../../operations/runs-search.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

export const runs = async (context: CliContext, limit: number): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(runsSearch, { limit });
    answer(context.io, found, (value) =>
      value.runs.length === 0
        ? "no run yet; start one with mlpipeline start, or see mlpipeline demo"
        : table([
            ["run", "status", "phase", "waits for", "updated"],
            ...value.runs.map((run) => [
              run.run,
              run.status,
              run.phase === null ? "-" : String(run.phase),
              run.waits_for ?? "",
              run.updated_at,
            ]),
          ]),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
