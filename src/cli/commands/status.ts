import { pipelineStatus } from "../../operations/pipeline-status.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

export const status = async (context: CliContext, run: string | undefined): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(pipelineStatus, run === undefined ? {} : { run_id: run });
    answer(context.io, found, (value) =>
      [
        value.summary,
        ...(value.runs.length > 0
          ? [
              table([
                ["run", "status", "phase", "waits for", "cost"],
                ...value.runs.map((line) => [
                  line.run,
                  line.status,
                  line.phase === null ? "-" : String(line.phase),
                  line.waits_for ?? "",
                  `$${line.cost_usd.toFixed(2)}`,
                ]),
              ]),
            ]
          : []),
        ...(value.steps
          ? [
              table([
                ["specialist", "phase", "status", "blocked"],
                ...value.steps.map((step) => [
                  step.specialist,
                  String(step.phase),
                  step.status,
                  step.blocked ?? "",
                ]),
              ]),
            ]
          : []),
        ...(value.delivery ? [value.delivery.said] : []),
      ].join("\n\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
