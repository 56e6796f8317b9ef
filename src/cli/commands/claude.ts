import { runReplay } from "../../operations/run-replay.ts";
import { usageGet } from "../../operations/usage-get.ts";
import type { CliContext } from "../context.ts";
import { answer, EXIT, type ExitCode } from "../io.ts";
import { table } from "../table.ts";

const usd = (amount: number): string => `$${amount.toFixed(4)}`;

/** What Claude has cost: of one run with a line per turn, or of the last days. */
export const usage = async (
  context: CliContext,
  run: string | null,
  days: number,
): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const found = await session.call(
      usageGet,
      run === null ? { days } : { run_id: run, turns: true },
    );
    answer(context.io, found, (value) => {
      const lines = [
        ...value.by_phase,
        ...value.by_specialist,
        ...value.by_model,
        ...(value.by_turn ?? []),
      ];
      return [
        `${usd(value.cost_usd)}, ${value.tokens} tokens, ${(value.cache_share * 100).toFixed(0)} % of the prompts from the cache`,
        table([
          ["of", "cost", "tokens", "calls"],
          ...lines.map((line) => [
            line.of,
            usd(line.cost_usd),
            String(line.tokens),
            String(line.calls),
          ]),
        ]),
      ].join("\n");
    });
    return EXIT.ok;
  } finally {
    await session.close();
  }
};

/** Builds a run's requests again from its records. */
export const replay = async (context: CliContext, run: string): Promise<ExitCode> => {
  const session = await context.open({});
  try {
    const said = await session.call(runReplay, { run_id: run });
    answer(context.io, said, (value) =>
      value.conversations.length === 0
        ? `${value.run}: Claude had no part in it`
        : value.conversations
            .map(
              ({ calls, differs, specialist, turns }) =>
                `${specialist}: ${turns} turns, ${calls} calls, ${differs ?? "the same"}`,
            )
            .join("\n"),
    );
    return said.same ? EXIT.ok : EXIT.blocked;
  } finally {
    await session.close();
  }
};
