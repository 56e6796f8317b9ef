import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./io.ts";
import { summaryOf } from "./summaries.ts";

const WEEK_DAYS = 7;

/** Adds the verbs about Claude: what it may see, what it has cost, what was said. */
export const addClaude = (
  program: Command,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  program
    .command("usage [run]")
    .option("--days <days>", "without a run: of how many days", String(WEEK_DAYS))
    .summary(summaryOf("usage"))
    .action(async (run: string | undefined, options: { days: string }) => {
      const { usage } = await import("./commands/claude.ts");
      finish(await usage(context(), run ?? null, Number(options.days)));
    });
  program
    .command("replay <run>")
    .summary(summaryOf("replay"))
    .action(async (run: string) => {
      const { replay } = await import("./commands/claude.ts");
      finish(await replay(context(), run));
    });
};
