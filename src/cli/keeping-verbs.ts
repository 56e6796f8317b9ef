import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./io.ts";
import type { Keeping } from "./keeping.ts";
import { summaryOf } from "./summaries.ts";

/** Adds the verbs that keep, move and forget what a home holds. */
export const addKeeping = (
  program: Command,
  keeping: Keeping,
  context: () => CliContext,
  finish: (code: ExitCode) => void,
): void => {
  program
    .command("backup <file>")
    .summary(summaryOf("backup"))
    .description(`${summaryOf("backup")}: database, blobs, snapshots, repositories, models`)
    .option(
      "--with-secret-key",
      "put secret.key inside; whoever has the file can then act as this home",
    )
    .action(async (file: string, options: { withSecretKey?: boolean }) => {
      const { backup } = await import("./commands/backup.ts");
      finish(await backup(context(), keeping.backup, file, options.withSecretKey === true));
    });
  program
    .command("restore <file>")
    .summary(summaryOf("restore"))
    .description(`${summaryOf("restore")}, then verify it`)
    .action(async (file: string) => {
      const { restore } = await import("./commands/restore.ts");
      finish(await restore(context(), keeping.restore, file));
    });
  program
    .command("metrics")
    .summary(summaryOf("metrics"))
    .description(
      `${summaryOf("metrics")} (text format 0.0.4; \`serve\` answers the same on /metrics)`,
    )
    .option("--check", "say whether a worker is alive, by the exit code (0 or 5)")
    .action(async (options: { check?: boolean }) => {
      const { metrics } = await import("./commands/metrics.ts");
      finish(await metrics(context(), keeping.metrics, options.check === true));
    });
  program
    .command("bundle <run> [file]")
    .summary(summaryOf("bundle"))
    .action(async (run: string, file: string | undefined) => {
      const { bundle } = await import("./commands/bundle.ts");
      finish(await bundle(context(), keeping.bundle, run, file));
    });
  program
    .command("forget <snapshot>")
    .summary(summaryOf("forget"))
    .description(`${summaryOf("forget")}. Without --yes it says what would go.`)
    .option("--yes", "do it")
    .action(async (snapshot: string, options: { yes?: boolean }) => {
      const { forget } = await import("./commands/forget.ts");
      finish(await forget(context(), snapshot, options.yes === true));
    });
};
