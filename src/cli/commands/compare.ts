import { runsCompare } from "../../operations/runs-compare.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

const VERDICTS = {
  a: "the first is better by its executed metric",
  b: "the second is better by its executed metric",
  unclear: "the intervals overlap: neither is shown to be better",
  "not comparable": "not comparable: other data or metric, or not both trained",
} as const;

/** Sets two runs side by side. */
export const compare = async (context: CliContext, a: string, b: string): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(runsCompare, { run_a: a, run_b: b });
    answer(context.io, found, (value) =>
      [
        table([
          ["run", "status", "rows", "cost", "result"],
          ...[value.a, value.b].map((side) => [
            side.run,
            side.status,
            String(side.rows),
            `$${side.cost_usd.toFixed(2)}`,
            side.trained,
          ]),
        ]),
        `${VERDICTS[value.better]}${value.same_data ? "" : "; the data differ"}`,
        ...(value.spec.length > 0
          ? [
              table([
                ["spec", value.a.run, value.b.run],
                ...value.spec.map((row) => [row.key, row.a, row.b]),
              ]),
            ]
          : ["the specs are equal"]),
        `files: ${value.files.same} equal, ${value.files.differ} differ, ${value.files.only_a} only in ${value.a.run}, ${value.files.only_b} only in ${value.b.run}`,
      ].join("\n\n"),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
};
